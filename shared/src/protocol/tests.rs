//! Golden bytes of every message, and what must hold for all of them.
//!
//! `golden.txt` is what older and newer programs rely on: a line in it never changes. A message that is new is
//! written to its end by the first run of this test, which then fails once, so that somebody looks at it.

mod examples;

use super::*;
use crate::wire::{decode, encode};
use examples::Example;
use std::collections::BTreeMap;

const FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/src/protocol/golden.txt");

fn golden() -> BTreeMap<String, String> {
    let text = std::fs::read_to_string(FILE).unwrap_or_default();
    text.lines()
        .filter(|line| !line.starts_with('#'))
        .filter_map(|line| line.split_once(' '))
        .map(|(name, bytes)| (name.to_owned(), bytes.to_owned()))
        .collect()
}

#[test]
fn bytes_never_change() {
    let golden = golden();
    let mut new = String::new();
    for Example { name, bytes } in examples::all() {
        let bytes = hex::encode(bytes);
        match golden.get(name) {
            Some(before) => assert_eq!(
                *before, bytes,
                "{name} is written differently than before: agents and managers in the field can't read it"
            ),
            None => new += &format!("{name} {bytes}\n"),
        }
    }
    if !new.is_empty() {
        let text = std::fs::read_to_string(FILE).unwrap_or_default();
        std::fs::write(FILE, text + &new).unwrap();
        panic!("new messages were written to golden.txt; look at them and commit it:\n{new}");
    }
}

#[test]
fn no_message_is_forgotten() {
    let names: Vec<_> = examples::all()
        .into_iter()
        .map(|example| example.name.to_owned())
        .collect();
    for name in golden().keys() {
        assert!(names.contains(name), "{name} was removed; old programs still send it");
    }
}

/// Decodes `bytes` as each type of message there is; gives how many of them it could be.
fn decode_as_everything(bytes: &[u8]) -> usize {
    fn takes<T: serde::de::DeserializeOwned>(bytes: &[u8]) -> usize {
        usize::from(decode::<T>(bytes).is_ok())
    }
    takes::<JoinRequest>(bytes)
        + takes::<Result<JoinReply, Refusal>>(bytes)
        + takes::<AgentOpening>(bytes)
        + takes::<Result<Welcome, Refusal>>(bytes)
        + takes::<AgentWord>(bytes)
        + takes::<ManagerWord>(bytes)
        + takes::<InventoryFrame>(bytes)
        + takes::<RecordBatch>(bytes)
        + takes::<Ack>(bytes)
        + takes::<ManagerOpening>(bytes)
        + takes::<Result<Reply, Refusal>>(bytes)
        + takes::<LogFrame>(bytes)
        + takes::<ExecInput>(bytes)
        + takes::<ExecOutput>(bytes)
        + takes::<StatsFrame>(bytes)
}

#[test]
fn a_cut_message_never_panics() {
    for Example { bytes, .. } in examples::all() {
        for end in 0..bytes.len() {
            // A shorter text may be another, whole message.
            decode_as_everything(&bytes[..end]);
        }
    }
}

proptest::proptest! {
    #[test]
    fn noise_never_panics(bytes in proptest::collection::vec(proptest::num::u8::ANY, 0..600)) {
        decode_as_everything(&bytes);
    }

    #[test]
    fn what_was_taken_is_written_the_same_way_again(bytes in proptest::collection::vec(proptest::num::u8::ANY, 0..64)) {
        // Longer forms of a number are accepted, so the second writing is compared, not the first.
        if let Ok(frame) = decode::<LogFrame>(&bytes) {
            let once = encode(&frame).unwrap();
            proptest::prop_assert_eq!(decode::<LogFrame>(&once).unwrap(), frame);
        }
    }
}
