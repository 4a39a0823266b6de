#!/bin/sh
# `make down`: stops this host's agent, the manager, and the Docker Engine if `make up` started it. All data stays, and the
# host stays in its Swarm. With --manager only the manager is stopped.
set -eu
cd "$(dirname "$0")/.."
. install/env.sh

# stop PIDFILE WORD: TERM to the process of the file, if WORD stands in its command line, and waits for its end.
stop() {
    pid=$(as_root cat "$1" 2>/dev/null) || return 0
    as_root grep -q "$2" "/proc/$pid/cmdline" 2>/dev/null || return 0
    as_root kill "$pid" || return 0
    for _ in $(seq 150); do
        [ -d "/proc/$pid" ] || return 0
        sleep 0.1
    done
    fail "process $pid ($2) does not end"
}

stop_manager() {
    if has_systemd && [ -e /etc/systemd/system/crane-manager.service ]; then as_root systemctl stop crane-manager; fi
    stop "$CRANE_HOME/manager.pid" supervise.sh
}

if [ "${1:-}" = --manager ]; then
    stop_manager
    exit
fi
if has_systemd && [ -e /etc/systemd/system/crane-agent.service ]; then as_root systemctl stop crane-agent; fi
stop /run/crane-agent.pid supervise
stop_manager
stop "$CRANE_HOME/dockerd.pid" dockerd
say "stopped; data stays in $CRANE_HOME and /var/lib/crane-agent"
