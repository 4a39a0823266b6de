#!/bin/sh
# Makes this host a node of a Crane manager. The manager fills in the three names between @ signs and shows the line:
#   curl -fsSk --pinnedpubkey 'sha256//…' https://HOST:7443/install.sh | sudo sh -s -- TOKEN
# Running it again with a new token replaces the agent and keeps the node; after the panel removed the node, it joins anew.
# For tests: CRANE_PREFIX (/usr/local), CRANE_AGENT_STATE (/var/lib/crane-agent), CRANE_DOCKER (unix:///var/run/docker.sock),
# CRANE_CGROUP_ROOT (/sys/fs/cgroup).

# Everything stands between these braces, which the shell reads to their end first: of a download that was cut off, nothing runs.
{
main() {
    set -eu
    umask 077
    addresses='@ADDRESS@' # host:port, best first, with spaces between
    pin='@PIN@'           # of the manager's web key; curl refuses every other key
    sha256='@SHA256@'     # of the agent
    prefix=${CRANE_PREFIX:-/usr/local}
    state=${CRANE_AGENT_STATE:-/var/lib/crane-agent}
    docker=${CRANE_DOCKER:-unix:///var/run/docker.sock}
    cgroups=${CRANE_CGROUP_ROOT:-/sys/fs/cgroup}
    agent=$prefix/bin/crane-agent

    token=${1:-}
    case $token in
        crane1_*) ;;
        *) fail "a join token is missing: make one in the panel and paste the whole line it shows" ;;
    esac
    [ "$(id -u)" = 0 ] || fail "this needs root: paste the line with sudo"
    [ "$(uname -sm)" = "Linux x86_64" ] || fail "there is an agent for Linux on x86_64 only, this is $(uname -sm)"
    for tool in curl sha256sum install mktemp setsid; do
        command -v "$tool" >/dev/null 2>&1 || fail "$tool is missing; install it and paste the line again"
    done

    scratch=$(mktemp -d)
    trap 'rm -rf "$scratch"' EXIT
    trap 'exit 1' HUP INT TERM
    fetch
    place
    join
    if [ -d /run/systemd/system ]; then with_systemd; else without_systemd; fi
    say "the agent runs; this host appears in the panel"
}

say() { printf 'crane: %s\n' "$*" >&2; }
fail() { say "$*"; exit 1; }

fetch() {
    for address in $addresses; do
        say "fetching the agent from $address"
        if curl -fsSk --proto '=https' --tlsv1.2 --pinnedpubkey "$pin" --connect-timeout 10 \
            -o "$scratch/crane-agent" "https://$address/agent/linux-amd64"; then
            printf '%s  %s\n' "$sha256" "$scratch/crane-agent" | sha256sum -c - >/dev/null 2>&1 ||
                fail "the agent from $address is not the one that the manager announced; nothing was installed"
            return
        fi
    done
    fail "no address of the manager gave an agent ($addresses)"
}

place() {
    install -d -m 755 "$prefix/bin"
    install -d -m 700 "$state"
    # Beside its place and then renamed: a running agent keeps its file, and there is never half a one.
    install -m 755 "$scratch/crane-agent" "$agent.new"
    mv -f "$agent.new" "$agent"
}

join() {
    set --
    if [ -e "$state/identity.json" ]; then
        # The agent notes there when the panel has removed this node.
        if grep -q '"removed": *null' "$state/identity.json"; then
            say "this host is a node already; its agent is replaced, the token is not used"
            return
        fi
        set -- --force
    fi
    for address in $addresses; do set -- "$@" --manager "$address"; done
    # Through standard input: others on this host can read command lines.
    node=$(printf '%s\n' "$token" |
        "$agent" join "$@" --token-stdin --state "$state" --docker "$docker" --cgroup-root "$cgroups") ||
        fail "the manager was not joined"
    say "joined as node $node"
}

with_systemd() {
    # The agent holds Docker's socket and is as mighty as root through it. What it does not need is shut all the same: a
    # bug in it must first find its way to the socket.
    cat >/etc/systemd/system/crane-agent.service <<UNIT
[Unit]
Description=Crane agent
After=network-online.target docker.service
[Service]
ExecStart=$agent run --state $state
Restart=always
RestartSec=2
# The panel removed this node: starting again changes nothing.
RestartPreventExitStatus=78
# Its spool and key, and nothing else, is written.
ProtectSystem=strict
ReadWritePaths=$state
ProtectHome=yes
PrivateTmp=yes
NoNewPrivileges=yes
# Reads other users' /proc entries and cgroups; hangs up what a closed terminal left behind in a container.
CapabilityBoundingSet=CAP_DAC_READ_SEARCH CAP_SYS_PTRACE CAP_KILL
ProtectKernelModules=yes
ProtectKernelTunables=yes
RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6 AF_NETLINK
RestrictNamespaces=yes
LockPersonality=yes
MemoryDenyWriteExecute=yes
SystemCallArchitectures=native
# The thread that opens new log files comes first for some microseconds: at full speed five small ones are gone in 20 ms.
LimitRTPRIO=1
# Swells only when something is wrong: about 10 MiB with 50 containers.
MemoryMax=256M
[Install]
WantedBy=multi-user.target
UNIT
    chmod 644 /etc/systemd/system/crane-agent.service
    systemctl daemon-reload
    systemctl enable --quiet crane-agent
    systemctl restart crane-agent
}

without_systemd() {
    # Below /run, which a reboot empties: no old number points at somebody else's process.
    pidfile=/run/crane-agent.pid
    if [ -e "$pidfile" ] && kill "$(cat "$pidfile")" 2>/dev/null; then
        # It ends its agent first; old and new share the spool, so wait for that.
        for _ in 1 2 3 4 5 6 7 8 9 10 11 12; do [ ! -e "$pidfile" ] || sleep 0.5; done
    fi
    cat >"$state/supervise" <<SUPERVISE
# Written by Crane's install.sh: starts the agent again whenever it ends. TERM to this shell ends both.
echo \$\$ >"$pidfile"
trap 'kill \$agent; wait \$agent; rm -f "$pidfile"; exit 0' TERM INT
# 78: the panel removed this node, starting again changes nothing.
while [ "\${code:-0}" -ne 78 ]; do
    "$agent" run --state "$state" >>"$state/agent.log" 2>&1 </dev/null &
    agent=\$!
    code=0 && wait \$agent || code=\$?
    sleep 1
done
rm -f "$pidfile"
SUPERVISE
    setsid sh "$state/supervise" >/dev/null 2>&1 </dev/null &
    say "no systemd here: \`sh $state/supervise\` keeps the agent running; start that at boot"
}

main "$@"
}
