//! The byte order of everything this room stores; nothing else knows it. See the table at `store::Family`.

use super::Subject;
use crane_shared::ids::{ContainerKey, NodeId};

/// Node and container as the tail of a block's key.
pub(super) type SubjectKey = [u8; 17];

/// A node id is 64 bits written as text.
fn node_bytes(node: &NodeId) -> [u8; 8] {
    // Sixteen checked hexadecimal digits always parse.
    u64::from_str_radix(node.as_str(), 16).unwrap_or(0).to_be_bytes()
}

/// A time as key bytes; times before 1970 do not occur (such samples are misdated).
fn time_bytes(at: i64) -> [u8; 8] {
    u64::try_from(at).unwrap_or(0).to_be_bytes()
}

/// Puts fixed parts together.
fn join<const N: usize>(parts: &[&[u8]]) -> [u8; N] {
    let mut key = [0; N];
    let all = parts.iter().flat_map(|part| part.iter());
    key.iter_mut().zip(all).for_each(|(to, from)| *to = *from);
    key
}

/// `Family::Watermarks`.
pub(super) fn watermark(node: &NodeId, epoch: u64) -> [u8; 16] {
    join(&[&node_bytes(node), &epoch.to_be_bytes()])
}

/// `Family::Reports`: one agent's reports in the order they happened.
pub(super) fn report(node: &NodeId, at: i64, epoch: u64, seq: u64) -> [u8; 32] {
    join(&[
        &node_bytes(node),
        &time_bytes(at),
        &epoch.to_be_bytes(),
        &seq.to_be_bytes(),
    ])
}

/// Where a node's reports from `at` on begin.
pub(super) fn reports_from(node: [u8; 8], at: i64) -> [u8; 16] {
    join(&[&node, &time_bytes(at)])
}

/// As [`reports_from`], of a checked id.
pub(super) fn reports_of(node: &NodeId, at: i64) -> [u8; 16] {
    reports_from(node_bytes(node), at)
}

/// Node and time of a report's key.
pub(super) fn read_report(key: &[u8]) -> Option<([u8; 8], i64)> {
    let (node, rest) = key.split_first_chunk::<8>()?;
    let at = u64::from_be_bytes(*rest.first_chunk::<8>()?);
    Some((*node, i64::try_from(at).ok()?))
}

/// The first key behind all reports of a node; `None` behind the last possible node.
pub(super) fn behind_node(node: [u8; 8]) -> Option<[u8; 8]> {
    u64::from_be_bytes(node).checked_add(1).map(u64::to_be_bytes)
}

/// `Family::Events`: all nodes, by time.
pub(super) fn event(at: i64, node: &NodeId, epoch: u64, seq: u64) -> [u8; 32] {
    join(&[
        &time_bytes(at),
        &node_bytes(node),
        &epoch.to_be_bytes(),
        &seq.to_be_bytes(),
    ])
}

/// The node of an event's key.
pub(super) fn read_event(key: &[u8]) -> Option<NodeId> {
    let node = key.get(8..16)?.first_chunk::<8>()?;
    NodeId::parse(format!("{:016x}", u64::from_be_bytes(*node))).ok()
}

/// Where events from `at` on begin.
pub(super) fn events_from(at: i64) -> [u8; 8] {
    time_bytes(at)
}

/// Blocks of a family: the number of the window first, so that old windows lie together and can go together.
pub(super) fn block(window: u32, subject: &SubjectKey) -> [u8; 21] {
    join(&[&window.to_be_bytes(), subject])
}

/// Where the blocks of `window` begin.
pub(super) fn blocks_from(window: u32) -> [u8; 4] {
    window.to_be_bytes()
}

/// The machine itself.
pub(super) fn machine(node: [u8; 8]) -> SubjectKey {
    join(&[&node, &[0]])
}

/// One container of the machine.
pub(super) fn container(node: [u8; 8], container: ContainerKey) -> SubjectKey {
    join(&[&node, &[1], &container.0.to_be_bytes()])
}

pub(super) fn subject(subject: &Subject) -> SubjectKey {
    match subject {
        Subject::Node(node) => machine(node_bytes(node)),
        Subject::Container(node, key) => container(node_bytes(node), *key),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reports_lie_by_node_then_time() {
        let (a, b) = (
            NodeId::parse("00000000000000ff").unwrap(),
            NodeId::parse("0100000000000000").unwrap(),
        );
        let keys = [report(&a, 5, 9, 9), report(&a, 256, 1, 1), report(&b, 0, 0, 0)];
        assert!(keys.is_sorted());
        assert_eq!(read_report(&keys[1]), Some((255_u64.to_be_bytes(), 256)));
        assert!(keys[1][..] < behind_node(255_u64.to_be_bytes()).unwrap()[..]);
        assert!(keys[2][..] > behind_node(255_u64.to_be_bytes()).unwrap()[..]);
    }

    #[test]
    fn a_container_is_never_its_machine() {
        let node = 7_u64.to_be_bytes();
        assert_ne!(machine(node), container(node, ContainerKey(0)));
    }
}
