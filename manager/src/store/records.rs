//! How a record lies on disk: one byte that names its layout, then the wire encoding.
//!
//! Stored types are flat: no `skip_serializing_if`, no `tag`, no `untagged`, no JSON values (bincode knows positions,
//! not names). A changed type needs a new version here and a reader for the old one.

use super::{Family, StoreError};
use crane_shared::wire;
use serde::Serialize;
use serde::de::DeserializeOwned;

const VERSION: u8 = 1;

pub(super) fn write<T: Serialize>(family: Family, value: &T) -> Result<Vec<u8>, StoreError> {
    let body = wire::encode(value).map_err(|err| StoreError::Unwritable {
        family,
        why: err.to_string(),
    })?;
    let mut bytes = Vec::with_capacity(1 + body.len());
    bytes.push(VERSION);
    bytes.extend_from_slice(&body);
    Ok(bytes)
}

pub(super) fn read<T: DeserializeOwned>(family: Family, bytes: &[u8]) -> Result<T, StoreError> {
    match bytes.split_first() {
        Some((&VERSION, body)) => wire::decode(body).map_err(|err| StoreError::Unreadable {
            family,
            why: err.to_string(),
        }),
        Some((version, _)) => Err(StoreError::Unreadable {
            family,
            why: format!("its layout {version} is not known"),
        }),
        None => Err(StoreError::Unreadable {
            family,
            why: "it is empty".to_owned(),
        }),
    }
}
