use super::{MARK, NAME, ROOT};
use crate::eventually::eventually_blocking;
use crate::fault::kill_hard;
use crate::run::{attempt, run};
use anyhow::{Context, Result, bail};
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Removes everything that any bed has left: processes, namespaces, links, rules, control groups, files. Whatever does
/// not carry the bed's name or mark stays. Running it twice does no harm.
///
/// # Errors
/// When something of a bed can't be removed.
pub fn sweep() -> Result<()> {
    eventually_blocking("every process of the bed has ended", Duration::from_secs(20), || {
        let left = processes();
        for pid in &left {
            kill_hard(*pid)?;
        }
        if left.is_empty() {
            Ok(())
        } else {
            bail!("still there: {left:?}")
        }
    })?;
    for namespace in namespaces() {
        run("ip", ["netns", "del", &namespace])?;
    }
    for link in links() {
        // The other end of a cable may have taken it along.
        attempt("ip", ["link", "del", &link]);
    }
    remove_rules()?;
    for group in control_groups() {
        remove_group(&group);
    }
    if Path::new(ROOT).exists() {
        run("rm", ["-rf", "--one-file-system", ROOT])?;
    }
    Ok(())
}

/// Marked processes, everything in the bed's network namespaces and everything in its control groups.
fn processes() -> BTreeSet<i32> {
    let mut found = BTreeSet::new();
    let mark = format!("{MARK}=");
    for pid in numbers("/proc") {
        let environment = fs::read(format!("/proc/{pid}/environ")).unwrap_or_default();
        if environment
            .split(|byte| *byte == 0)
            .any(|variable| variable.starts_with(mark.as_bytes()))
        {
            found.insert(pid);
        }
    }
    for namespace in namespaces() {
        let inside = run("ip", ["netns", "pids", &namespace]).unwrap_or_default();
        found.extend(inside.lines().filter_map(|line| line.trim().parse::<i32>().ok()));
    }
    for group in control_groups() {
        collect_group(&group, &mut found);
    }
    found.retain(|pid| !is_zombie(*pid));
    found
}

fn numbers(directory: &str) -> Vec<i32> {
    let Ok(entries) = fs::read_dir(directory) else {
        return Vec::new();
    };
    entries
        .flatten()
        .filter_map(|entry| entry.file_name().to_str()?.parse().ok())
        .collect()
}

/// A killed child that nobody has waited for yet holds nothing any more.
fn is_zombie(pid: i32) -> bool {
    fs::read_to_string(format!("/proc/{pid}/stat"))
        .ok()
        .and_then(|stat| Some(stat.rsplit_once(") ")?.1.starts_with(['Z', 'X'])))
        .unwrap_or(true)
}

fn namespaces() -> Vec<String> {
    named_in("/run/netns")
}

fn links() -> Vec<String> {
    named_in("/sys/class/net")
}

fn named_in(directory: &str) -> Vec<String> {
    let Ok(entries) = fs::read_dir(directory) else {
        return Vec::new();
    };
    entries
        .flatten()
        .filter_map(|entry| entry.file_name().into_string().ok())
        .filter(|name| name.starts_with(NAME))
        .collect()
}

/// Rules that [`super::network`] made, taken back as they are printed.
fn remove_rules() -> Result<()> {
    let rules = run("iptables", ["-w", "-S", "FORWARD"]).context("iptables is missing")?;
    for rule in rules.lines().filter(|rule| rule.contains(NAME)) {
        let rule = rule.replacen("-A", "-D", 1);
        let arguments = ["-w"].into_iter().chain(rule.split(' '));
        run("iptables", arguments)?;
    }
    Ok(())
}

/// The bed's groups in every hierarchy, outermost first.
fn control_groups() -> Vec<PathBuf> {
    let Ok(hierarchies) = fs::read_dir("/sys/fs/cgroup") else {
        return Vec::new();
    };
    hierarchies
        .flatten()
        .flat_map(|hierarchy| {
            let path = hierarchy.path();
            named_in(&path.to_string_lossy())
                .into_iter()
                .map(move |name| path.join(name))
        })
        .collect()
}

fn collect_group(group: &Path, into: &mut BTreeSet<i32>) {
    let members = fs::read_to_string(group.join("cgroup.procs")).unwrap_or_default();
    into.extend(members.lines().filter_map(|line| line.parse::<i32>().ok()));
    for inner in inner_groups(group) {
        collect_group(&inner, into);
    }
}

fn remove_group(group: &Path) {
    for inner in inner_groups(group) {
        remove_group(&inner);
    }
    // An empty group that stays costs nothing; the next sweep tries again.
    drop(fs::remove_dir(group));
}

fn inner_groups(group: &Path) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(group) else {
        return Vec::new();
    };
    entries
        .flatten()
        .filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_dir()))
        .map(|entry| entry.path())
        .collect()
}
