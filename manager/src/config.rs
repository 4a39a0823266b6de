//! What the manager was told, read once and checked as a whole: every mistake is told, not only the first.

use crate::access;
use crate::cli::{LogStyle, ServeArgs};
use crane_shared::secret::Secret;
use crane_shared::telemetry::LogFormat;
use std::net::{IpAddr, SocketAddr, UdpSocket};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

/// Finished settings.
#[derive(Debug)]
pub struct Config {
    pub data: PathBuf,
    pub listen: SocketAddr,
    /// `host:port`, best first; empty when they are to be found out.
    pub advertise: Vec<String>,
    pub admin: Option<Admin>,
    pub agent_binary: PathBuf,
    pub sample_period_ms: u32,
    pub log_format: LogFormat,
    pub log_filter: String,
}

/// The first administrator of an unattended set-up.
#[derive(Debug)]
pub struct Admin {
    pub email: String,
    pub password: Secret<String>,
}

/// A setting that can't be.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{flag}: {why}")]
pub struct Mistake {
    pub flag: &'static str,
    pub why: String,
}

impl Config {
    /// Checks what the command line says.
    ///
    /// # Errors
    /// Every mistake in it.
    pub fn read(args: ServeArgs) -> Result<Self, Vec<Mistake>> {
        let mut mistakes = Vec::new();
        let mut wrong = |flag, why: String| mistakes.push(Mistake { flag, why });
        for address in &args.advertise {
            if let Err(why) = check_address(address) {
                wrong("--advertise", format!("{address:?} {why}"));
            }
        }
        let admin = match (args.admin_email, args.admin_password_file) {
            (Some(email), Some(file)) => match read_admin(&email, &file) {
                Ok(admin) => Some(admin),
                Err((flag, why)) => {
                    wrong(flag, why);
                    None
                }
            },
            _ => None,
        };
        let data = args.data.data;
        if data.exists() && !data.is_dir() {
            wrong("--data", format!("{} is not a directory", data.display()));
        }
        if args.agent_binary.as_ref().is_some_and(|path| !path.is_file()) {
            wrong("--agent-binary", "there is no such file".to_owned());
        }
        if !mistakes.is_empty() {
            return Err(mistakes);
        }
        Ok(Self {
            data,
            listen: args.listen,
            advertise: args.advertise,
            admin,
            agent_binary: args.agent_binary.unwrap_or_else(beside_us),
            sample_period_ms: args.sample_period,
            log_format: match args.log_format {
                LogStyle::Text => LogFormat::Text,
                LogStyle::Json => LogFormat::Json,
            },
            log_filter: args.log,
        })
    }
}

/// Where the installer of the manager puts the agent's program.
fn beside_us() -> PathBuf {
    let us = std::env::current_exe().unwrap_or_default();
    us.with_file_name("crane-agent")
}

fn read_admin(email: &str, file: &Path) -> Result<Admin, (&'static str, String)> {
    let flag = "--admin-password-file";
    let unreadable = |error: std::io::Error| (flag, format!("{} can't be read: {error}", file.display()));
    let email = access::email(email).ok_or(("--admin-email", format!("{email:?} is not an e-mail address")))?;
    let mode = std::fs::metadata(file).map_err(unreadable)?.permissions().mode();
    if mode & 0o077 != 0 {
        return Err((
            flag,
            format!(
                "others may read {} (mode {:03o}); make it 600",
                file.display(),
                mode & 0o777
            ),
        ));
    }
    let text = std::fs::read_to_string(file).map_err(unreadable)?;
    let password = Secret::new(text.trim_end_matches(['\r', '\n']).to_owned());
    match access::weakness(password.expose(), &email) {
        Some(why) => Err((flag, format!("the password is not good enough: {why}"))),
        None => Ok(Admin { email, password }),
    }
}

/// Whether `address` is `host:port` as it may stand in a URL and in a shell line.
fn check_address(address: &str) -> Result<(), &'static str> {
    let (host, port) = address.rsplit_once(':').ok_or("has no port; write HOST:PORT")?;
    if !port.parse::<u16>().is_ok_and(|port| port > 0) {
        return Err("has no valid port; write HOST:PORT");
    }
    let inner = host.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
    let good = match inner {
        Some(inner) => inner.parse::<std::net::Ipv6Addr>().is_ok(),
        None => {
            let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-');
            !host.is_empty() && host.len() <= 253 && host.chars().all(plain) && !host.starts_with(['-', '.'])
        }
    };
    if good {
        Ok(())
    } else {
        Err("is not a host name or address; IPv6 goes in brackets")
    }
}

/// How this machine is probably reached on `listen`, best first: what it listens on if that is one address, else
/// the address of the way out, and its name. Never empty.
#[must_use]
pub fn guess_addresses(listen: SocketAddr, hostname: Option<&str>) -> Vec<String> {
    let port = listen.port();
    if !listen.ip().is_unspecified() {
        return vec![listen.to_string()];
    }
    let name = hostname.filter(|name| check_address(&format!("{name}:{port}")).is_ok() && *name != "localhost");
    let mut found: Vec<String> = way_out()
        .map(|ip| SocketAddr::new(ip, port).to_string())
        .into_iter()
        .collect();
    found.extend(name.map(|name| format!("{name}:{port}")));
    if found.is_empty() {
        found.push(format!("127.0.0.1:{port}"));
    }
    found
}

/// The address that packets to other networks leave from. Nothing is sent: connecting a UDP socket only asks
/// the routing table (192.0.2.0/24 is never anybody's).
fn way_out() -> Option<IpAddr> {
    let socket = UdpSocket::bind("0.0.0.0:0").ok()?;
    socket.connect("192.0.2.1:9").ok()?;
    let ip = socket.local_addr().ok()?.ip();
    (!ip.is_unspecified() && !ip.is_loopback()).then_some(ip)
}

/// The hosts of `addresses`, for the names in a certificate.
#[must_use]
pub fn hosts(addresses: &[String]) -> Vec<String> {
    let host = |address: &String| {
        let (host, _) = address.rsplit_once(':')?;
        Some(host.trim_start_matches('[').trim_end_matches(']').to_owned())
    };
    addresses.iter().filter_map(host).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::{Cli, Command};
    use clap::Parser as _;

    fn read(line: &[&str]) -> Result<Config, Vec<Mistake>> {
        let line = ["crane-manager", "serve"].iter().chain(line);
        match Cli::try_parse_from(line).unwrap().command {
            Command::Serve(args) => Config::read(*args),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn every_mistake_is_told_at_once() {
        let dir = tempfile::tempdir().unwrap();
        let password = dir.path().join("password");
        std::fs::write(&password, "blue kettle on the moon\n").unwrap();
        std::fs::set_permissions(&password, std::fs::Permissions::from_mode(0o644)).unwrap();
        let password = password.to_str().unwrap();
        let mistakes = read(&[
            "--advertise",
            "panel",
            "--advertise",
            "a b:1",
            "--agent-binary",
            "/nowhere",
            "--data",
            password,
            "--admin-email",
            "a@example.org",
            "--admin-password-file",
            password,
        ])
        .unwrap_err();
        let flags: Vec<_> = mistakes.iter().map(|mistake| mistake.flag).collect();
        assert_eq!(
            flags,
            [
                "--advertise",
                "--advertise",
                "--admin-password-file",
                "--data",
                "--agent-binary"
            ]
        );
    }

    #[test]
    fn the_password_is_the_file_without_its_line_end() {
        let dir = tempfile::tempdir().unwrap();
        let password = dir.path().join("password");
        std::fs::write(&password, "blue kettle on the moon\n").unwrap();
        std::fs::set_permissions(&password, std::fs::Permissions::from_mode(0o600)).unwrap();
        let line = [
            "--admin-email",
            "A@example.org",
            "--admin-password-file",
            password.to_str().unwrap(),
        ];
        let admin = read(&line).unwrap().admin.unwrap();
        assert_eq!(
            (admin.email.as_str(), admin.password.expose().as_str()),
            ("a@example.org", "blue kettle on the moon")
        );
        std::fs::write(&password, "adminadmin\n").unwrap();
        assert_eq!(read(&line).unwrap_err()[0].flag, "--admin-password-file");
    }

    #[test]
    fn an_address_is_host_and_port() {
        for good in [
            "panel:7443",
            "panel.example.org:443",
            "10.0.0.1:7443",
            "[2001:db8::1]:7443",
        ] {
            assert_eq!(check_address(good), Ok(()), "{good}");
        }
        for bad in [
            "panel",
            ":7443",
            "panel:0",
            "panel:70000",
            "a b:1",
            "2001:db8::1:7443",
            "x';reboot;':1",
            "-o:1",
            "[x]:1",
        ] {
            assert!(check_address(bad).is_err(), "{bad} was accepted");
        }
    }

    #[test]
    fn guessed_addresses_are_good_ones_and_never_none() {
        assert_eq!(
            guess_addresses("127.0.0.1:7443".parse().unwrap(), Some("web-1")),
            ["127.0.0.1:7443"]
        );
        let found = guess_addresses("0.0.0.0:7443".parse().unwrap(), Some("web-1"));
        assert!(found.contains(&"web-1:7443".to_owned()), "{found:?}");
        assert!(!guess_addresses("0.0.0.0:7443".parse().unwrap(), None).is_empty());
        assert!(found.iter().all(|address| check_address(address).is_ok()));
        assert_eq!(
            hosts(&["[2001:db8::1]:7443".into(), "panel:1".into()]),
            ["2001:db8::1", "panel"]
        );
    }
}
