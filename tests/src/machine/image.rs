use crate::run::finish;
use anyhow::{Context, Result};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// What the disk is made of, and how.
const RECIPE: &str = include_str!("image.sh");
/// Debootstrap fetches 250 MB and unpacks them; ten minutes on a busy machine.
const DEADLINE: &str = "3600";

/// The disk that every run begins with, and the kernel that boots it. Nobody writes to it.
#[derive(Debug)]
pub(super) struct Image {
    directory: PathBuf,
}

impl Image {
    /// The image of this recipe, made when it is missing; those of other recipes are removed. The caller holds the lock.
    pub(super) fn ready() -> Result<Self> {
        let all = cache()?.join("machine");
        let digest = ring::digest::digest(&ring::digest::SHA256, RECIPE.as_bytes());
        let directory = all.join(hex::encode(&digest.as_ref()[..8]));
        fs::create_dir_all(&all)?;
        for entry in fs::read_dir(&all)?.flatten() {
            if entry.path() != directory {
                remove(&entry.path())?;
            }
        }
        if !directory.exists() {
            // Under another name until it is whole.
            let unfinished = all.join("unfinished");
            fs::create_dir(&unfinished)?;
            let script = all.join("unfinished/image.sh");
            fs::write(&script, RECIPE)?;
            let mut make = Command::new("timeout");
            make.args(["-k", "5", DEADLINE, "sh"])
                .arg(&script)
                .arg(&unfinished)
                .stdin(Stdio::null());
            finish(make).context("the machine's disk can't be made")?;
            fs::rename(&unfinished, &directory)?;
        }
        Ok(Self { directory })
    }

    pub(super) fn disk(&self) -> PathBuf {
        self.directory.join("disk.img")
    }

    pub(super) fn kernel(&self) -> PathBuf {
        self.directory.join("vmlinuz")
    }

    pub(super) fn initrd(&self) -> PathBuf {
        self.directory.join("initrd.img")
    }
}

/// As install/env.sh has it.
fn cache() -> Result<PathBuf> {
    if let Some(cache) = std::env::var_os("CRANE_CACHE") {
        return Ok(cache.into());
    }
    let home = std::env::var_os("HOME").context("neither CRANE_CACHE nor HOME is set")?;
    Ok(PathBuf::from(home).join(".cache/crane"))
}

/// A build that was killed may have left `/proc` mounted in its tree.
fn remove(old: &Path) -> Result<()> {
    let inside = old.join("tree/");
    let mounts = fs::read_to_string("/proc/self/mounts")?;
    let places = mounts.lines().rev().filter_map(|line| line.split(' ').nth(1));
    for place in places.filter(|place| Path::new(place).starts_with(&inside)) {
        crate::run::run("umount", [place])?;
    }
    let mut removal = Command::new("rm");
    removal.args(["-rf", "--one-file-system"]).arg(old);
    finish(removal).map(drop)
}
