#!/bin/sh
# Known holes, licences and sources of every crate and npm package (.config/deny.toml).
set -eu
cd "$(dirname "$0")/.."
. install/env.sh

# Into the cache, so that whoever keeps the cache keeps it too.
if [ ! -x "$CRANE_CACHE/tools/bin/cargo-deny" ]; then
    say "installing cargo-deny, once"
    CARGO_TARGET_DIR="$CRANE_CACHE/tools/target" cargo install --quiet --locked --root "$CRANE_CACHE/tools" cargo-deny
    rm -rf "$CRANE_CACHE/tools/target"
fi
"$CRANE_CACHE/tools/bin/cargo-deny" --locked check --config .config/deny.toml "$@"
npm --prefix web audit --audit-level=high
