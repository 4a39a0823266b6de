//! Who changes what agents and managers say also changes the page that describes it.

use crate::sources::{is_test, read, root, rust, shown};
use ring::digest::{Context, SHA256};

/// Stands in `docs/protocol.md` before the hash.
const LABEL: &str = "Sources: `";

/// Over names and text of everything that travels between agent and manager.
fn hash() -> String {
    let mut context = Context::new(&SHA256);
    for path in rust("shared") {
        let name = shown(&path);
        let travels = name.starts_with("shared/src/protocol")
            || name.starts_with("shared/src/model")
            || name == "shared/src/wire/transport.rs";
        if travels && !is_test(&path) {
            context.update(name.as_bytes());
            context.update(read(&path).as_bytes());
        }
    }
    hex::encode(&context.finish().as_ref()[..8])
}

#[test]
fn the_protocol_page_is_in_step_with_the_code() {
    let page = read(&root().join("docs/protocol.md"));
    let written = page
        .split_once(LABEL)
        .and_then(|(_, rest)| rest.split('`').next())
        .expect("docs/protocol.md names the sources it describes");
    assert_eq!(
        written,
        hash(),
        "shared/src/protocol, model or wire/transport.rs changed: read docs/protocol.md again, correct it, then write the new hash"
    );
}
