#!/bin/sh
# Compiles RocksDB into $ROCKSDB_LIB_DIR/librocksdb.a unless it is there: some ten minutes on two cores, once per version.
set -eu
cd "$(dirname "$0")/.."
. install/env.sh
[ ! -e "$ROCKSDB_LIB_DIR/librocksdb.a" ] || exit 0

crate=$(sed -n '/^name = "rocksdb"$/{n;s/^version = "\(.*\)"$/\1/p;}' Cargo.lock)
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
trap 'exit 1' HUP INT TERM
mkdir "$scratch/src"
: >"$scratch/src/lib.rs"
cat >"$scratch/Cargo.toml" <<MANIFEST
[package]
name = "rocksdb-once"
version = "0.0.0"
edition = "2024"
[dependencies]
rocksdb = { version = "=$crate", default-features = false, features = ["lz4", "zstd", "bindgen-runtime"] }
[workspace]
MANIFEST
# Our lock file names the versions; cargo drops from the copy what this crate does not use.
cp Cargo.lock "$scratch/"
env -u ROCKSDB_LIB_DIR -u ROCKSDB_STATIC CARGO_TARGET_DIR="$scratch/target" \
    cargo build --release --manifest-path "$scratch/Cargo.toml"
mkdir -p "$ROCKSDB_LIB_DIR"
# Renamed into place, so that a build that is killed leaves no half library.
cp "$scratch"/target/release/build/librocksdb-sys-*/out/librocksdb.a "$ROCKSDB_LIB_DIR/librocksdb.a.new"
mv "$ROCKSDB_LIB_DIR/librocksdb.a.new" "$ROCKSDB_LIB_DIR/librocksdb.a"
