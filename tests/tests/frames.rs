//! A million damaged frames in each direction: no panic, no abort, no memory.
//!
//! The seeds are the golden bytes of every message, so this test knows each message as soon as it exists.

#![allow(
    clippy::unwrap_used,
    reason = "a test may unwrap; clippy knows that only inside of test functions"
)]

use crane_shared::protocol::{
    Ack, AgentOpening, AgentWord, ExecInput, ExecOutput, InventoryFrame, JoinReply, JoinRequest, LogFrame,
    ManagerOpening, ManagerWord, RecordBatch, Refusal, Reply, StatsFrame, Welcome,
};
use crane_shared::wire::{Limit, decode, encode, pack, unpack};
use crane_tests::mutate::mutated;
use serde::Serialize;
use serde::de::DeserializeOwned;

const FRAMES: usize = 1_000_000;
const GOLDEN: &str = include_str!("../../shared/src/protocol/golden.txt");

type Decoder = fn(&[u8]) -> bool;

/// What an agent may send, and the manager decodes.
const FROM_AGENT: &[(&str, Decoder)] = &[
    ("JoinRequest", take::<JoinRequest>),
    ("AgentOpening", take::<AgentOpening>),
    ("AgentWord", take::<AgentWord>),
    ("InventoryFrame", take::<InventoryFrame>),
    ("RecordBatch", take::<RecordBatch>),
    ("Reply", take::<Result<Reply, Refusal>>),
    ("LogFrame", take::<LogFrame>),
    ("ExecOutput", take::<ExecOutput>),
    ("StatsFrame", take::<StatsFrame>),
];

/// What a manager may send, and the agent decodes.
const FROM_MANAGER: &[(&str, Decoder)] = &[
    ("JoinReply", take::<Result<JoinReply, Refusal>>),
    ("Welcome", take::<Result<Welcome, Refusal>>),
    ("ManagerWord", take::<ManagerWord>),
    ("Ack", take::<Ack>),
    ("ManagerOpening", take::<ManagerOpening>),
    ("ExecInput", take::<ExecInput>),
];

/// Whether the bytes are such a message; if they are, it can be written and read again.
fn take<T: DeserializeOwned + Serialize>(bytes: &[u8]) -> bool {
    let Ok(message) = decode::<T>(bytes) else { return false };
    let again = encode(&message).unwrap();
    assert!(decode::<T>(&again).is_ok());
    true
}

/// Golden bytes by the name of their type.
fn seeds() -> Vec<(&'static str, Vec<u8>)> {
    GOLDEN
        .lines()
        .filter(|line| !line.starts_with('#'))
        .map(|line| {
            let (name, bytes) = line.split_once(' ').unwrap();
            (name.split('/').next().unwrap(), hex::decode(bytes).unwrap())
        })
        .collect()
}

fn resident() -> u64 {
    crane_tests::measure::resident(std::process::id().cast_signed()).unwrap()
}

/// Throws damaged frames at `decoders`; gives how many were taken for a message after all.
fn throw(decoders: &[(&str, Decoder)], seed: u64) -> usize {
    let seeds: Vec<_> = seeds()
        .into_iter()
        .filter(|(name, _)| decoders.iter().any(|(known, _)| known == name))
        .collect();
    assert!(seeds.len() >= decoders.len(), "a type has no golden bytes");
    let mut dice = fastrand::Rng::with_seed(seed);
    // What the allocator takes once is no growth.
    let warm = FRAMES / 10;
    let (mut taken, mut before) = (0, 0);
    for round in 0..FRAMES {
        if round == warm {
            before = resident();
        }
        let (name, bytes) = &seeds[dice.usize(..seeds.len())];
        let bytes = mutated(bytes, &mut dice);
        // One in ten reaches a decoder that it was not meant for.
        let decoder = if dice.u8(..10) == 0 {
            decoders[dice.usize(..decoders.len())].1
        } else {
            decoders.iter().find(|(known, _)| known == name).unwrap().1
        };
        taken += usize::from(decoder(&bytes));
    }
    let grown = resident().saturating_sub(before);
    assert!(grown < 5 << 20, "{FRAMES} damaged frames took {grown} bytes of memory");
    taken
}

#[test]
fn a_million_damaged_frames_of_an_agent_hurt_nobody() {
    let taken = throw(FROM_AGENT, 1);
    assert!(taken < FRAMES, "every damaged frame was taken for whole");
}

#[test]
fn a_million_damaged_frames_of_a_manager_hurt_nobody() {
    let taken = throw(FROM_MANAGER, 2);
    assert!(taken < FRAMES, "every damaged frame was taken for whole");
}

#[test]
fn a_million_damaged_lengths_are_refused_or_wait() {
    let mut dice = fastrand::Rng::with_seed(3);
    let frame = pack(b"a message of some length", Limit::Join).unwrap();
    for _ in 0..FRAMES {
        let bytes = mutated(&frame, &mut dice);
        match unpack(&bytes, Limit::Join) {
            Ok(Some(length)) => assert!(4 + length <= bytes.len()),
            Ok(None) => {}
            Err(claimed) => assert!(claimed > Limit::Join.bytes()),
        }
    }
}
