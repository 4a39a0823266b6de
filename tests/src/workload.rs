//! Things that run on a bed, so that there is something to see: services of two stacks, busy and quiet containers,
//! one that talks, one that fails.

use crate::Bed;
use crate::bed::IMAGE;
use anyhow::Result;

/// Starts a little of everything.
///
/// # Errors
/// When an engine refuses.
pub fn show(bed: &Bed) -> Result<()> {
    service(
        bed,
        "shop_web",
        3,
        Some("shop"),
        "while true; do echo \"GET /cart 200\"; sleep 1; done",
    )?;
    service(
        bed,
        "shop_worker",
        2,
        Some("shop"),
        "while true; do i=0; while [ $i -lt 3000 ]; do i=$((i+1)); done; sleep 0.2; done",
    )?;
    service(bed, "blog_db", 1, Some("blog"), "sleep 100000")?;
    let host = bed.host(bed.hosts().len() - 1);
    host.run_container(
        "chatty",
        &[],
        "i=0; while true; do i=$((i+1)); echo \"line $i at $(date)\"; echo oops >&2; sleep 0.2; done",
    )?;
    host.run_container(
        "failing",
        &["--restart", "on-failure:2"],
        "echo about to fail; sleep 1; exit 3",
    )?;
    host.run_container("shell", &["-t"], "sleep 100000")?;
    Ok(())
}

/// A Swarm service of `replicas` tasks that each run `line` in a shell. Does not wait for them.
///
/// # Errors
/// When the Swarm refuses.
pub fn service(bed: &Bed, name: &str, replicas: u32, stack: Option<&str>, line: &str) -> Result<String> {
    let replicas = replicas.to_string();
    let stack = stack.map(|stack| format!("com.docker.stack.namespace={stack}"));
    let mut arguments = vec![
        "service",
        "create",
        "--detach",
        "--quiet",
        "--no-resolve-image",
        "--name",
        name,
        "--replicas",
        &replicas,
        "--stop-grace-period",
        "1s",
    ];
    if let Some(label) = &stack {
        arguments.extend(["--label", label, "--container-label", label]);
    }
    arguments.extend([IMAGE, "sh", "-c", line]);
    bed.host(0).docker(arguments)
}
