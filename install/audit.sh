#!/bin/sh
# Known holes, licences and sources of every crate and npm package (.config/deny.toml). Lists of holes come from the network:
# where that can't be reached the check is left out, and says so.
set -eu
cd "$(dirname "$0")/.."
. install/env.sh

deny=$CRANE_CACHE/tools/bin/cargo-deny
if [ ! -x "$deny" ]; then
    say "installing cargo-deny, once"
    CARGO_TARGET_DIR="$CRANE_CACHE/tools/target" cargo install --quiet --locked --root "$CRANE_CACHE/tools" cargo-deny
    rm -rf "$CRANE_CACHE/tools/target"
fi

"$deny" --locked --config .config/deny.toml check bans licenses sources
if "$deny" --locked --config .config/deny.toml fetch db >/dev/null 2>&1; then
    "$deny" --locked --config .config/deny.toml check --disable-fetch advisories
else
    say "NOT CHECKED: known holes of crates (RustSec's list can't be fetched)"
fi

if answer=$(npm --prefix web audit --audit-level=high 2>&1); then
    say "no npm package has a known hole of weight"
elif printf '%s' "$answer" | grep -q 'audit endpoint returned an error\|ENOTFOUND\|ECONNREFUSED\|ETIMEDOUT'; then
    say "NOT CHECKED: known holes of npm packages (the registry answers no audit)"
else
    printf '%s\n' "$answer" >&2
    fail "an npm package has a known hole"
fi
