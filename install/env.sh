# shellcheck shell=sh
# Sourced by the scripts beside it, from the root of the clone: where things are kept, and how to become root.

export CRANE_CACHE="${CRANE_CACHE:-$HOME/.cache/crane}"
export CARGO_TARGET_DIR="${CARGO_TARGET_DIR:-$CRANE_CACHE/target}"
# A newer Node than the system's, when prerequisites.sh had to fetch one.
export PATH="$CRANE_CACHE/node/node_modules/.bin:$HOME/.cargo/bin:$PATH"
# What is installed, tested and measured; cargo's own directory holds an agent that is not static.
export CRANE_BIN_DIR="$CARGO_TARGET_DIR/dist"

# RocksDB takes 20 CPU-minutes to compile, so it is compiled once for each version and then linked.
rocksdb_version=$(sed -n '/^name = "librocksdb-sys"$/{n;s/^version = "\(.*\)"$/\1/p;}' Cargo.lock)
export ROCKSDB_LIB_DIR="$CRANE_CACHE/rocksdb/$rocksdb_version"
export ROCKSDB_STATIC=1

# Cargo goes by times to see what is stale, and what it has built does not name the clone: after another clone was built
# here, files of this one that are older would pass for built, and the wrong program would come out.
if [ "$(cat "$CARGO_TARGET_DIR/clone" 2>/dev/null)" != "$PWD" ]; then
    for part in agent cli install manager shared tests; do
        # The scripts may have come without the sources.
        [ ! -d "$part" ] || find "$part" -type f -exec touch -c {} +
    done
    mkdir -p "$CARGO_TARGET_DIR"
    printf '%s\n' "$PWD" >"$CARGO_TARGET_DIR/clone"
fi

say() { printf 'crane: %s\n' "$*" >&2; }
fail() {
    say "$*"
    exit 1
}

as_root() {
    if [ "$(id -u)" = 0 ]; then "$@"; else sudo "$@"; fi
}

has_systemd() { [ -d /run/systemd/system ]; }

# step TITLE COMMAND…: one line for each step. A terminal sees the seconds and the last line of output run by; without
# one there are plain lines. What was printed stands in $CRANE_CACHE/up.log and is shown when the step fails.
step() {
    title=$1
    shift
    mkdir -p "$CRANE_CACHE"
    log=$CRANE_CACHE/up.log
    began=$(date +%s)
    printf '== %s\n' "$title" >"$log"
    [ -t 2 ] || printf '%s …\n' "$title" >&2
    "$@" >>"$log" 2>&1 </dev/null &
    work=$!
    while [ -t 2 ] && kill -0 "$work" 2>/dev/null; do
        printf '\r\033[K%s … %s s  \033[2m%.60s\033[0m' "$title" "$(($(date +%s) - began))" \
            "$(tail -n 1 "$log" | tr -d '\r\033' | tr '\t' ' ')" >&2
        sleep 0.3
    done
    if wait "$work"; then
        [ ! -t 2 ] || printf '\r\033[K' >&2
        printf '%s: done in %s s\n' "$title" "$(($(date +%s) - began))" >&2
    else
        [ ! -t 2 ] || printf '\r\033[K' >&2
        tail -n 40 "$log" >&2
        fail "failed: $title (all of it in $log)"
    fi
}
