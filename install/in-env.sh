#!/bin/sh
# Runs a command with the caches of install/env.sh; with --root as root, keeping them.
set -eu
cd "$(dirname "$0")/.."
. install/env.sh
if [ "${1:-}" = --root ] && [ "$(id -u)" != 0 ]; then
    shift
    exec sudo --preserve-env=HOME,PATH,CRANE_CACHE,CARGO_TARGET_DIR,CRANE_BIN_DIR,ROCKSDB_LIB_DIR,ROCKSDB_STATIC env "PATH=$PATH" "$@"
fi
[ "${1:-}" != --root ] || shift
exec "$@"
