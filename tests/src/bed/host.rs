use super::{MARK, ROOT, network};
use crate::eventually::eventually_blocking;
use crate::run::{command, finish};
use anyhow::{Context, Result, bail};
use std::ffi::OsStr;
use std::fs::{self, File};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

/// What a host looks like from inside: its own name, an empty `/run`, and places an installer may write to.
/// A resolver on loopback refuses at once; the machine's own would be waited for, 20 s a look-up.
const FURNISH: &str = r#"
set -e
hostname "$NAME"
mount -t tmpfs -o mode=755 tmpfs /run
mkdir /run/lock
for place in etc var/lib usr/local/bin; do
  mkdir -p "$HOME_DIR/$place/upper" "$HOME_DIR/$place/work"
  mount -t overlay overlay -o "lowerdir=/$place,upperdir=$HOME_DIR/$place/upper,workdir=$HOME_DIR/$place/work" "/$place"
done
# A machine on which `make up` ran is a node already; a host of the bed is not.
rm -rf /etc/crane /var/lib/crane-agent /var/lib/crane-manager /usr/local/bin/crane /usr/local/bin/crane-*
echo "$NAME" > /etc/hostname
echo nameserver 127.0.0.1 > /etc/resolv.conf
printf '127.0.0.1 localhost\n127.0.1.1 %s\n' "$NAME" > /etc/hosts
touch "$HOME_DIR/furnished"
exec sleep infinity
"#;

/// One host of the bed.
#[derive(Debug)]
pub struct Host {
    number: u8,
    home: PathBuf,
    /// The process that holds the namespaces.
    holder: u32,
}

impl Host {
    /// Makes the namespaces and starts the engine, without waiting for it.
    pub(super) fn start(number: u8) -> Result<Self> {
        let home = Path::new(ROOT).join(format!("host-{number}"));
        fs::create_dir_all(&home)?;
        network::namespace(number)?;
        let name = host_name(number);
        let holder = Command::new("nsenter")
            .arg(format!("--net=/run/netns/{}", network::namespace_name(number)))
            .args(["unshare", "--uts", "--mount", "--propagation", "private"])
            .args(["bash", "-c", FURNISH])
            .env(MARK, &name)
            .env("NAME", &name)
            .env("HOME_DIR", &home)
            .stdin(Stdio::null())
            .stdout(File::create(home.join("holder.log"))?)
            .stderr(File::create(home.join("holder.err"))?)
            .process_group(0)
            .spawn()?
            .id();
        let host = Self { number, home, holder };
        eventually_blocking("the host is furnished", Duration::from_secs(10), || {
            fs::metadata(host.home.join("furnished"))
                .with_context(|| fs::read_to_string(host.home.join("holder.err")).unwrap_or_default())
        })?;
        host.start_engine()?;
        Ok(host)
    }

    /// Starts the engine, which must not be running.
    ///
    /// # Errors
    /// When it can't be started; whether it answers is another question.
    pub fn start_engine(&self) -> Result<()> {
        let log = File::options()
            .create(true)
            .append(true)
            .open(self.home.join("dockerd.log"))?;
        self.enter([
            "dockerd",
            "--data-root",
            &self.home.join("docker").to_string_lossy(),
            "--exec-root",
            "/run/docker",
            "--pidfile",
            "/run/docker.pid",
            "-H",
            "unix:///run/docker.sock",
            "-H",
            &self.engine_address(),
            "--cgroup-parent",
            &format!("/{}", network::namespace_name(self.number)),
            "--shutdown-timeout",
            "2",
        ])
        .stdin(Stdio::null())
        .stdout(log.try_clone()?)
        .stderr(log)
        .process_group(0)
        .spawn()?;
        Ok(())
    }

    /// Its host name, e.g. `bed1`.
    #[must_use]
    pub fn name(&self) -> String {
        host_name(self.number)
    }

    /// Its IPv4 address on the bridge.
    #[must_use]
    pub fn address(&self) -> String {
        network::address(self.number)
    }

    /// Where the bed keeps this host's files, seen from outside.
    #[must_use]
    pub fn home(&self) -> &Path {
        &self.home
    }

    /// What this host has written to `path` below `/etc`, `/var/lib` or `/usr/local/bin`, seen from outside.
    #[must_use]
    pub fn written(&self, place: &str, path: &str) -> PathBuf {
        self.home.join(place).join("upper").join(path)
    }

    /// `unix://…` of its engine, reachable from everywhere.
    #[must_use]
    pub fn engine_address(&self) -> String {
        format!("unix://{}", self.home.join("docker.sock").display())
    }

    /// The end of its cable that is plugged into the bridge.
    #[must_use]
    pub fn cable(&self) -> String {
        network::link_name(self.number)
    }

    /// Docker's own client, talking to this host's engine.
    ///
    /// # Errors
    /// When it ends with another code than 0.
    pub fn docker<S: AsRef<OsStr>>(&self, arguments: impl IntoIterator<Item = S>) -> Result<String> {
        finish(self.docker_command(arguments))
    }

    /// Docker's own client, not yet started.
    pub fn docker_command<S: AsRef<OsStr>>(&self, arguments: impl IntoIterator<Item = S>) -> Command {
        let mut docker = command("docker", ["-H", &self.engine_address()]);
        docker.args(arguments);
        docker
    }

    /// A command inside the host's namespaces, not yet started and without a deadline.
    pub fn enter<S: AsRef<OsStr>>(&self, arguments: impl IntoIterator<Item = S>) -> Command {
        let mut command = Command::new("nsenter");
        command
            .args(["-t", &self.holder.to_string(), "--net", "--uts", "--mount", "--"])
            .args(arguments)
            .env(MARK, self.name());
        command
    }

    /// Runs a shell line inside the host, as its administrator would.
    ///
    /// # Errors
    /// When it ends with another code than 0.
    pub fn shell(&self, line: &str) -> Result<String> {
        let mut inside = self.enter(["timeout", "-k", "5", "120", "sh", "-c", line]);
        inside.stdin(Stdio::null());
        finish(inside)
    }

    /// Process ids of everything in this host's network namespace whose program is called `name`.
    ///
    /// # Errors
    /// When the namespace is gone.
    pub fn processes(&self, name: &str) -> Result<Vec<i32>> {
        let all = crate::run::run("ip", ["netns", "pids", &network::namespace_name(self.number)])?;
        Ok(all
            .lines()
            .filter_map(|line| line.trim().parse::<i32>().ok())
            .filter(|pid| program_of(*pid).as_deref() == Some(name))
            .collect())
    }

    /// Ids of this host's containers by a name's beginning.
    ///
    /// # Errors
    /// When the engine does not answer.
    pub fn containers(&self, prefix: &str) -> Result<Vec<String>> {
        let list = self.docker(["ps", "-aq", "--no-trunc", "--filter", &format!("name=^{prefix}")])?;
        Ok(list.lines().map(ToOwned::to_owned).collect())
    }

    /// Starts a container of [`super::IMAGE`] that runs `line` in a shell; gives its id.
    ///
    /// # Errors
    /// When the engine refuses.
    pub fn run_container(&self, name: &str, options: &[&str], line: &str) -> Result<String> {
        let mut arguments = vec!["run", "-d", "--name", name];
        arguments.extend(options);
        arguments.extend([super::IMAGE, "sh", "-c", line]);
        let id = self.docker(arguments)?;
        match id.lines().last() {
            Some(id) if id.len() == 64 => Ok(id.to_owned()),
            _ => bail!("docker run printed {id:?}"),
        }
    }

    /// Removes containers by a name's beginning, running or not, and waits until they are gone: the Swarm may be removing
    /// some of them at the same time.
    ///
    /// # Errors
    /// When some stay.
    pub fn remove_containers(&self, prefix: &str) -> Result<()> {
        eventually_blocking("the containers are removed", Duration::from_secs(60), || {
            let mut ids = self.containers(prefix)?;
            if ids.is_empty() {
                return Ok(());
            }
            ids.splice(0..0, ["rm".to_owned(), "-f".to_owned()]);
            self.docker(ids)?;
            bail!("just now")
        })
    }
}

fn host_name(number: u8) -> String {
    format!("bed{number}")
}

/// The program behind a process, without its directory; `None` when it is gone.
fn program_of(pid: i32) -> Option<String> {
    let path = fs::read_link(format!("/proc/{pid}/exe")).ok()?;
    // The kernel adds this to a program whose file was replaced, as an update does.
    let name = path.file_name()?.to_str()?.trim_end_matches(" (deleted)").to_owned();
    Some(name)
}
