use super::{Host, IMAGE, ROOT};
use crate::run::{finish, run};
use anyhow::Result;
use std::fs::{self, File};
use std::path::{Path, PathBuf};

/// Packs Debian's static busybox, with all its names, into an image: nothing can be pulled on a bed.
pub(super) fn archive() -> Result<PathBuf> {
    let tree = Path::new(ROOT).join("image");
    for directory in ["bin", "etc", "tmp", "root", "proc", "sys", "dev"] {
        fs::create_dir_all(tree.join(directory))?;
    }
    let busybox = tree.join("bin/busybox");
    fs::copy("/bin/busybox", &busybox)?;
    for name in run("/bin/busybox", ["--list"])?
        .lines()
        .filter(|name| *name != "busybox")
    {
        let link = tree.join("bin").join(name);
        if !link.exists() {
            std::os::unix::fs::symlink("busybox", link)?;
        }
    }
    fs::write(tree.join("etc/passwd"), "root:x:0:0:root:/root:/bin/sh\n")?;
    fs::write(tree.join("etc/group"), "root:x:0:\n")?;
    let file = Path::new(ROOT).join("busybox.tar");
    run(
        "tar",
        ["-C", &tree.to_string_lossy(), "-cf", &file.to_string_lossy(), "."],
    )?;
    Ok(file)
}

/// Gives a host the image.
pub(super) fn import(host: &Host, archive: &Path) -> Result<()> {
    let mut import = host.docker_command([
        "import",
        "--change",
        "ENV PATH=/bin",
        "--change",
        "CMD [\"sh\"]",
        "-",
        IMAGE,
    ]);
    import.stdin(File::open(archive)?);
    finish(import).map(drop)
}
