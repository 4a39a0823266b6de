#!/bin/sh
# Builds everything in release and lays the programs into $CRANE_BIN_DIR. Quick when nothing changed.
set -eu
cd "$(dirname "$0")/.."
. install/env.sh

agent() {
    # A node needs nothing but this one file: no libc of the right age, no other library.
    RUSTFLAGS="-C target-feature=+crt-static" \
        cargo build --release --locked -p crane-agent --target x86_64-unknown-linux-gnu
    built=$CARGO_TARGET_DIR/x86_64-unknown-linux-gnu/release/crane-agent
    file "$built" | grep -q 'static' || fail "the agent is not static: $(file "$built")"
    install -d "$CRANE_BIN_DIR"
    install -C -m 755 "$built" "$CRANE_BIN_DIR/crane-agent"
}

programs() {
    cargo build --release --locked -p crane-manager -p crane
    install -d "$CRANE_BIN_DIR"
    install -C -m 755 "$CARGO_TARGET_DIR/release/crane-manager" "$CARGO_TARGET_DIR/release/crane" "$CRANE_BIN_DIR/"
}

step "dashboard" install/web.sh
step "RocksDB (ten minutes, once)" install/rocksdb.sh
step "manager and command line client" programs
step "agent" agent
