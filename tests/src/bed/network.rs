use super::{BRIDGE_ADDRESS, NAME};
use crate::run::run;
use anyhow::Result;

/// One name for the rules, so that a sweep finds them.
const COMMENT: [&str; 4] = ["-m", "comment", "--comment", NAME];

/// The bridge in the root namespace, and leave to cross it: a Docker Engine in the root namespace sets the policy of
/// FORWARD to DROP, and bridged packets pass that chain.
pub(super) fn bridge() -> Result<()> {
    let bridge = bridge_name();
    run("ip", ["link", "add", &bridge, "type", "bridge"])?;
    run("ip", ["addr", "add", &format!("{BRIDGE_ADDRESS}/24"), "dev", &bridge])?;
    run("ip", ["link", "set", &bridge, "up"])?;
    for direction in ["-i", "-o"] {
        let mut rule = vec!["-w", "-I", "FORWARD", direction, &bridge];
        rule.extend(COMMENT);
        rule.extend(["-j", "ACCEPT"]);
        run("iptables", rule)?;
    }
    Ok(())
}

/// A namespace with one link to the bridge.
pub(super) fn namespace(number: u8) -> Result<()> {
    let name = namespace_name(number);
    let outside = link_name(number);
    run("ip", ["netns", "add", &name])?;
    run(
        "ip",
        [
            "link", "add", &outside, "type", "veth", "peer", "name", "eth0", "netns", &name,
        ],
    )?;
    run("ip", ["link", "set", &outside, "master", &bridge_name(), "up"])?;
    for inside in [
        format!("addr add {}/24 dev eth0", address(number)),
        "link set eth0 up".to_owned(),
        "link set lo up".to_owned(),
        format!("route add default via {BRIDGE_ADDRESS}"),
    ] {
        let arguments = ["-n", &name].into_iter().chain(inside.split(' '));
        run("ip", arguments)?;
    }
    Ok(())
}

pub(super) fn address(number: u8) -> String {
    format!("10.77.0.{}", 10 + number)
}

pub(super) fn namespace_name(number: u8) -> String {
    format!("{NAME}-{number}")
}

/// The end of a host's cable that is plugged into the bridge.
pub(super) fn link_name(number: u8) -> String {
    format!("{NAME}-v{number}")
}

pub(super) fn bridge_name() -> String {
    format!("{NAME}-br")
}
