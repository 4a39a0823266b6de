#!/bin/sh
# Builds the dashboard into web/dist, from which the manager takes it. Does nothing when nothing changed.
set -eu
cd "$(dirname "$0")/.."
. install/env.sh

lock=$(sha256sum web/package-lock.json)
if [ "$(cat web/node_modules/.crane-lock 2>/dev/null)" != "$lock" ]; then
    npm --prefix web ci --no-fund --no-audit
    printf '%s\n' "$lock" >web/node_modules/.crane-lock
fi
if [ ! -e web/dist/index.html ] ||
    [ -n "$(find web docs/openapi.json -path web/dist -prune -o -path web/node_modules -prune -o -type f -newer web/dist/index.html -print -quit)" ]; then
    npm --prefix web run build
fi
