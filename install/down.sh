#!/bin/sh
# `make down`: stops this host's agent, the manager, and the Docker Engine if `make up` started it. All data stays, and the
# host stays in its Swarm. --manager stops the manager alone; --is-running PIDFILE WORD only looks.
set -eu
cd "$(dirname "$0")/.."
. install/env.sh

# The process of PIDFILE, if WORD stands in its command line: numbers are used again.
running() {
    pid=$(as_root cat "$1" 2>/dev/null) && as_root grep -q "$2" "/proc/$pid/cmdline" 2>/dev/null
}

# TERM to it, and waits for its end.
stop() {
    running "$1" "$2" || return 0
    as_root kill "$pid"
    for _ in $(seq 200); do
        [ -d "/proc/$pid" ] || return 0
        sleep 0.1
    done
    fail "process $pid ($2) does not end"
}

stop_unit() {
    if has_systemd && [ -e "/etc/systemd/system/$1.service" ]; then as_root systemctl stop "$1"; fi
}

stop_manager() {
    stop_unit crane-manager
    stop /run/crane/manager.pid supervise.sh
}

case ${1:-} in
    --is-running) running "$2" "$3" ;;
    --manager) stop_manager ;;
    *)
        stop_unit crane-agent
        stop /run/crane-agent.pid supervise
        stop_manager
        stop /run/crane/dockerd.pid dockerd
        say "stopped; data stays in /var/lib/crane-manager, /var/lib/crane-agent and /var/lib/docker"
        ;;
esac
