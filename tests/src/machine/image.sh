#!/bin/sh
# The disk of the emulated machine: Debian 12 with its systemd, its Docker Engine and an SSH server. Run by image.rs as
#   sh image.sh DIRECTORY
# as root; leaves disk.img, vmlinuz and initrd.img there. Any change of this text makes a new image.
set -eu
directory=$1
tree=$directory/tree
mirror=${CRANE_DEBIAN_MIRROR:-http://deb.debian.org/debian}

packages=systemd,systemd-sysv,dbus,udev,kmod,procps,iproute2,iptables,ca-certificates,curl,sudo,openssh-server
packages=$packages,apparmor,docker.io,busybox-static,libseccomp2,linux-image-cloud-amd64,initramfs-tools
debootstrap --variant=minbase --include="$packages" bookworm "$tree" "$mirror"

echo machine >"$tree/etc/hostname"
printf '127.0.0.1 localhost\n127.0.1.1 machine\n' >"$tree/etc/hosts"
echo '/dev/vda / ext4 defaults 0 1' >"$tree/etc/fstab"
# Nothing is looked up outside: a resolver on loopback refuses at once, where qemu's would be waited for.
rm -f "$tree/etc/resolv.conf"
echo 'nameserver 127.0.0.1' >"$tree/etc/resolv.conf"
printf '[Match]\nName=e*\n[Network]\nDHCP=ipv4\n[DHCPv4]\nUseDNS=no\n' >"$tree/etc/systemd/network/cable.network"
chroot "$tree" systemctl enable systemd-networkd ssh docker
# Work that a machine of a few minutes does not need, and that an emulated one pays for tenfold.
chroot "$tree" systemctl mask apt-daily.timer apt-daily-upgrade.timer dpkg-db-backup.timer e2scrub_all.timer \
    e2scrub_reap.service fstrim.timer getty@tty1.service systemd-networkd-wait-online.service

# Each run makes a key of its own and names it on the kernel's command line; it never lies on the disk.
cat >"$tree/usr/local/sbin/key-of-this-run" <<'KEY'
#!/bin/sh
sed -n 's/.*crane_machine_key=\([A-Za-z0-9+\/=]*\).*/ssh-ed25519 \1/p' /proc/cmdline
KEY
chmod 755 "$tree/usr/local/sbin/key-of-this-run"
cat >"$tree/etc/ssh/sshd_config.d/machine.conf" <<'SSHD'
PermitRootLogin prohibit-password
PasswordAuthentication no
AuthorizedKeysFile none
AuthorizedKeysCommand /usr/local/sbin/key-of-this-run
AuthorizedKeysCommandUser root
UsePAM no
UseDNS no
SSHD

# What containers are made of: Debian's static busybox with all its names.
image=$directory/busybox
for place in bin etc tmp root proc sys dev; do mkdir -p "$image/$place"; done
cp "$tree/bin/busybox" "$image/bin/"
for name in $("$tree/bin/busybox" --list); do
    [ "$name" = busybox ] || ln -s busybox "$image/bin/$name"
done
echo 'root:x:0:0:root:/root:/bin/sh' >"$image/etc/passwd"
echo 'root:x:0:' >"$image/etc/group"
tar -C "$image" -cf "$tree/root/busybox.tar" .
rm -rf "$image"

rm -rf "$tree"/var/cache/apt/* "$tree"/var/lib/apt/lists/* "$tree"/usr/share/doc/* "$tree"/usr/share/man/* \
    "$tree"/usr/share/locale/*
cp "$tree"/boot/vmlinuz-* "$directory/vmlinuz"
cp "$tree"/boot/initrd.img-* "$directory/initrd.img"
truncate -s 6G "$directory/disk.img"
mkfs.ext4 -q -F -d "$tree" "$directory/disk.img"
rm -rf "$tree"
