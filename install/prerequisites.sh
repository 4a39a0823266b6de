#!/bin/sh
# Installs what building and running Crane needs and this machine lacks; with --tests also what its tests need, with
# --machine what the emulated machine of `make test-machine` needs. Quick when nothing is missing.
set -eu
cd "$(dirname "$0")/.."
. install/env.sh

# command:package, for Debian and Ubuntu. libclang has no command; see below.
wanted='curl:curl make:make clang:clang g++:g++ pkg-config:pkg-config ip:iproute2 dockerd:docker.io iptables:iptables
    node:nodejs npm:npm shellcheck:shellcheck file:file'
[ "${1:-}" != --tests ] || wanted="$wanted ${CRANE_CHROMIUM:-chromium}:chromium busybox:busybox-static sudo:sudo"
[ "${1:-}" != --machine ] || wanted="$wanted debootstrap:debootstrap ssh:openssh-client mkfs.ext4:e2fsprogs setpriv:util-linux
    qemu-system-x86_64:qemu-system-x86 qemu-img:qemu-utils"

packages=
for pair in $wanted; do
    command -v "${pair%%:*}" >/dev/null 2>&1 || [ -x "/usr/sbin/${pair%%:*}" ] || packages="$packages ${pair#*:}"
done
# bindgen, which reads RocksDB's header, loads it.
ls /usr/lib/llvm-*/lib/libclang.so* /usr/lib/*/libclang-*.so* >/dev/null 2>&1 || packages="$packages libclang-dev"
# Pictures of pages in Chinese would show boxes.
[ "${1:-}" != --tests ] || [ -n "$(find /usr/share/fonts -iname '*cjk*' -print -quit 2>/dev/null)" ] || packages="$packages fonts-noto-cjk"

# Debian 12's own qemu is of 2022, and does not go together with the parts of it that many machines have from backports.
# Nothing else comes from there by itself: apt takes a package from backports only when it is asked to.
newer_qemu() {
    grep -q '^VERSION_CODENAME=bookworm$' /etc/os-release || return 0
    release=bookworm-backports
    ! apt-cache policy | grep -q "n=$release" || return 0
    say "adding /etc/apt/sources.list.d/crane-backports.sources: qemu comes from $release"
    # From wherever this machine has the rest of Debian 12.
    # shellcheck disable=SC2016
    from=$(apt-get indextargets --format '$(CODENAME) $(REPO_URI)' | sed -n 's/^bookworm //p' | head -n 1)
    printf 'Types: deb\nURIs: %s\nSuites: %s\nComponents: main\nSigned-By: %s\n' \
        "$from" "$release" /usr/share/keyrings/debian-archive-keyring.gpg |
        as_root tee /etc/apt/sources.list.d/crane-backports.sources >/dev/null
}

release=
# Ubuntu has Chromium as a snap alone, which sees no profile of ours.
case $packages in
    *chromium*) ! grep -q '^ID=ubuntu$' /etc/os-release ||
        fail "Ubuntu has no Chromium package: install one (npx --prefix web playwright install chromium) and name its program in CRANE_CHROMIUM" ;;
esac

if [ -n "$packages" ]; then
    command -v apt-get >/dev/null || fail "install these first, this is neither Debian nor Ubuntu:$packages"
    say "installing:$packages"
    case $packages in *qemu*) newer_qemu ;; esac
    as_root apt-get update -qq
    # Split on purpose: one word for each package.
    # shellcheck disable=SC2086
    as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends ${release:+-t $release} \
        ca-certificates $packages >/dev/null
fi

# The dashboard's build needs Node 20.19 or newer; Debian 12 has 18. The npm registry carries Node itself as a package.
newest_enough() { node -e 'const [a, b] = process.versions.node.split(".").map(Number); process.exit(a > 20 || (a === 20 && b >= 19) ? 0 : 1)' 2>/dev/null; }
if ! newest_enough; then
    say "installing a newer Node from the npm registry into $CRANE_CACHE/node"
    npm install --silent --no-fund --no-audit --prefix "$CRANE_CACHE/node" node@22
fi

if ! command -v cargo >/dev/null 2>&1; then
    say "installing Rust with rustup into ~/.cargo"
    curl -fsS --proto '=https' --tlsv1.2 https://sh.rustup.rs | sh -s -- -y -q --profile minimal --no-modify-path
fi
# Compiles for, and with, exactly what rust-toolchain.toml names; rustup fetches it when it is missing.
cargo --version >/dev/null
