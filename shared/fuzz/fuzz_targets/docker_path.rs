//! The table of Docker endpoints: a path that passes holds nothing that an engine could read as another path.
#![no_main]
use crane_shared::protocol::right_for;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|request: (&str, &str)| {
    let (method, path) = request;
    if right_for(method, path).is_some() {
        assert!(path.starts_with('/') && !path.contains("//"));
        // Two dots inside a name are a name.
        assert!(path.split('/').all(|segment| !segment.starts_with('.')));
        assert!(path.bytes().all(|b| b.is_ascii_graphic() && !matches!(b, b'%' | b'?' | b'#' | b'\\')));
    }
});
