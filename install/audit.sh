#!/bin/sh
# Known holes, licences and sources of every crate and npm package (.config/deny.toml).
set -eu
cd "$(dirname "$0")/.."
. install/env.sh

if ! command -v cargo-deny >/dev/null 2>&1; then
    say "installing cargo-deny, once"
    cargo install --quiet --locked cargo-deny
fi
cargo deny --locked check --config .config/deny.toml "$@"
npm --prefix web audit --audit-level=high
