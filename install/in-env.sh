#!/bin/sh
# Runs a command with the caches of install/env.sh; with --root as root, on the same caches.
set -eu
cd "$(dirname "$0")/.."
. install/env.sh
if [ "${1:-}" != --root ]; then exec "$@"; fi
shift
if [ "$(id -u)" = 0 ]; then exec "$@"; fi

code=0
sudo --preserve-env=HOME,CRANE_CACHE,CRANE_CHROMIUM,CARGO_TARGET_DIR,CRANE_BIN_DIR,ROCKSDB_LIB_DIR,ROCKSDB_STATIC \
    env "PATH=$PATH:/usr/sbin:/sbin" "$@" || code=$?
# What root has written into the caches stays usable for the user.
for place in "$CRANE_CACHE" "$CARGO_TARGET_DIR" "$HOME/.cargo" web; do
    [ ! -e "$place" ] || sudo find "$place" -user root -exec chown -h "$(id -u):$(id -g)" {} +
done
exit "$code"
