use super::docker::space;
use super::{Finding, Patient, error, ok, warning};
use crate::link::{DialError, reach};
use crate::membership::{Membership, Standing};
use crane_shared::identity::validity_of;
use crane_shared::time::Timestamp;
use nix::sys::statvfs::statvfs;
use std::time::Duration;

/// Clocks further apart than this make charts and logs of different hosts hard to compare.
const CLOCKS_APART: u64 = 2_000;
/// …and this far apart certificates are not valid any more.
const CLOCKS_FAR_APART: u64 = 1_800_000;
/// A certificate of seven days renews with at least this much left; less means that renewal does not work.
const RENEWAL_LATE: Duration = Duration::from_secs(24 * 3600);
/// A note of the running agent older than a lost session can be is no news.
const STALE: Duration = Duration::from_secs(7 * 24 * 3600);

pub(super) async fn examine(patient: &Patient) -> Vec<Finding> {
    // Read anew each time: the certificate is renewed while the agent runs.
    let membership = match patient.home.load() {
        Ok(membership) => membership,
        Err(err) => {
            let next = "as root, make a join token in the panel and run `crane-agent join`";
            return vec![error("manager.joined", err.to_string(), next)];
        }
    };
    if let Some(at) = membership.removed {
        let saw = format!("the manager removed this node at {}", at.to_rfc3339());
        let next = "to come back, make a join token and run `crane-agent join --force`";
        return vec![error("manager.joined", saw, next)];
    }
    let now = patient.clock.now();
    let live = patient.standing.as_ref().map(|standing| standing.borrow().clone());
    let noted = live.clone().or_else(|| patient.home.standing());
    let mut findings = vec![ok("manager.joined", format!("this host is node {}", membership.node))];
    match &live {
        // Who asks over the wire has the connection in his hands.
        Some(standing) => findings.push(connection(standing)),
        None => {
            for address in &membership.managers {
                findings.push(path(address, &membership).await);
            }
            findings.extend(noted.as_ref().filter(|n| now.since(n.at) < STALE).map(connection));
        }
    }
    findings.extend(noted.and_then(|standing| standing.clock_ahead_ms).map(clocks));
    findings.push(certificate(&membership, now));
    findings.push(state_disk(patient));
    findings
}

async fn path(address: &str, membership: &Membership) -> Finding {
    let check = "manager.path";
    let port = address.rsplit_once(':').map_or("7443", |(_, port)| port);
    match reach(address, &membership.pin).await {
        Ok(from) => ok(
            check,
            format!("{address} answers over UDP from {from}, with the right key"),
        ),
        Err(err @ DialError::Address { .. }) => error(check, err.to_string(), "join again with HOST:PORT"),
        Err(err @ DialError::LookUp { .. }) => error(
            check,
            err.to_string(),
            "mend the name server's records or /etc/hosts, or join with an IP address",
        ),
        Err(err @ DialError::NotTheManager { .. }) => error(
            check,
            err.to_string(),
            "another manager answers at this address; join it with its own token, or mend the address",
        ),
        Err(err) => error(
            check,
            err.to_string(),
            format!("let UDP port {port} out from here and in at the manager"),
        ),
    }
}

fn connection(standing: &Standing) -> Finding {
    let check = "manager.session";
    if standing.connected {
        return ok(check, format!("the agent is connected to {}", standing.address));
    }
    let saw = if standing.why.is_empty() {
        "the agent has not connected yet".to_owned()
    } else {
        format!("the agent is not connected: {}", standing.why)
    };
    warning(check, saw, "see `journalctl -u crane-agent`")
}

fn clocks(ahead_ms: i64) -> Finding {
    let check = "manager.clock";
    let apart = ahead_ms.unsigned_abs();
    let saw = format!(
        "this host's clock is {:.1} s {} the manager's",
        Duration::from_millis(apart).as_secs_f64(),
        if ahead_ms > 0 { "behind" } else { "ahead of" }
    );
    let next = "run a time service (chrony, systemd-timesyncd) on both";
    if apart > CLOCKS_FAR_APART {
        error(check, saw, next)
    } else if apart > CLOCKS_APART {
        warning(check, saw, next)
    } else {
        ok(check, saw)
    }
}

fn certificate(membership: &Membership, now: Timestamp) -> Finding {
    let check = "manager.certificate";
    let Some(Ok((_, until))) = membership.chain.first().map(|leaf| validity_of(leaf)) else {
        return error(
            check,
            "the certificate can't be read",
            "run `crane-agent join --force` with a new token",
        );
    };
    let saw = format!("the certificate is valid until {}", until.to_rfc3339());
    if until <= now {
        let saw = format!("the certificate ended at {}", until.to_rfc3339());
        error(check, saw, "run `crane-agent join --force` with a new token")
    } else if until.since(now) < RENEWAL_LATE {
        warning(
            check,
            saw,
            "it should have been renewed by now; see why the agent is not connected",
        )
    } else {
        ok(check, saw)
    }
}

fn state_disk(patient: &Patient) -> Finding {
    let path = patient.home.file();
    let dir = path.parent().unwrap_or(&path);
    match statvfs(dir) {
        Ok(stat) => space(
            "host.state_disk",
            &dir.display().to_string(),
            stat.blocks_available(),
            stat.blocks(),
        ),
        Err(err) => error(
            "host.state_disk",
            format!("{} can't be read: {err}", dir.display()),
            "run the doctor as root",
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crane_shared::identity::{Authority, NodeKey};
    use crane_shared::model::Severity;

    #[test]
    fn clocks_apart_are_told() {
        let of = |ms| clocks(ms).severity;
        assert_eq!(
            (of(-1_500), of(3_000), of(-4_000_000)),
            (Severity::Ok, Severity::Warning, Severity::Error)
        );
        assert!(clocks(3_000).saw.contains("3.0 s behind"));
    }

    #[test]
    fn a_certificate_near_its_end_is_told() {
        let now = Timestamp(1_800_000_000_000);
        let mut membership = crate::membership::tests::membership();
        let key = NodeKey::make().unwrap();
        let authority = Authority::make(now).unwrap();
        membership.chain = authority
            .issue_node(&key.csr().unwrap(), &membership.node, now)
            .unwrap()
            .chain;
        let day = Duration::from_secs(24 * 3600);
        let of = |at| certificate(&membership, at).severity;
        assert_eq!(of(now), Severity::Ok);
        assert_eq!(of(now.plus(day * 13 / 2)), Severity::Warning);
        assert_eq!(of(now.plus(day * 8)), Severity::Error);
    }
}
