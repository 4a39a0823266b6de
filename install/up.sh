#!/bin/sh
# `make up`: builds Crane, starts it on this machine, and prints the link to the dashboard. What is there already is
# left alone, so a second run is quick. The manager listens on port CRANE_PORT (7443) of every IPv4 address and
# tells hosts to come to CRANE_ADVERTISE (this machine's main address and that port).
set -eu
cd "$(dirname "$0")/.."
. install/env.sh

port=${CRANE_PORT:-7443}
data=/var/lib/crane-manager
logs=/var/log/crane
run=/run/crane
bin=/usr/local/lib/crane # what the manager runs from and hands out; hosts have their agent in /usr/local/bin

main_address() {
    # Nothing is sent: this asks the routing table for the way to an address that is never anybody's.
    address=$(ip -4 route get 192.0.2.1 2>/dev/null | sed -n 's/.* src \([0-9.]*\).*/\1/p')
    printf '%s\n' "${address:-127.0.0.1}"
}
advertise=${CRANE_ADVERTISE:-$(main_address):$port}

wait_for() { # SECONDS COMMAND…
    tries=$(($1 * 5))
    shift
    until "$@" >/dev/null 2>&1; do
        tries=$((tries - 1))
        [ "$tries" -gt 0 ] || return 1
        sleep 0.2
    done
}

place() {
    as_root install -d -m 755 "$bin" /usr/local/bin "$run"
    as_root install -d -m 750 "$logs"
    as_root install -C -m 755 "$CRANE_BIN_DIR/crane-manager" "$CRANE_BIN_DIR/crane-agent" "$bin/"
    as_root install -C -m 755 "$CRANE_BIN_DIR/crane" /usr/local/bin/
    as_root ln -sf "$bin/crane-manager" /usr/local/bin/crane-manager
}

engine_answers() { as_root docker version; }

engine() {
    ! engine_answers || return 0
    if has_systemd; then
        as_root systemctl enable --now docker
    else
        as_root sh -c "setsid dockerd >>$logs/dockerd.log 2>&1 </dev/null & echo \$! >$run/dockerd.pid"
    fi
    wait_for 60 engine_answers || fail "the Docker Engine does not answer, see $logs/dockerd.log or journalctl -u docker"
}

swarm() {
    [ "$(as_root docker info --format '{{.Swarm.LocalNodeState}}')" = inactive ] || return 0
    as_root docker swarm init --advertise-addr "$(main_address)"
}

manager_answers() { curl -fsSk --max-time 2 "https://127.0.0.1:$port/readyz"; }
settings() { printf '%s %s %s\n' "$(sha256sum <"$bin/crane-manager")" "$port" "$advertise"; }

manager() {
    # Left alone when these very programs run on these very settings.
    ! { manager_answers && [ "$(as_root cat "$run/settings" 2>/dev/null)" = "$(settings)" ]; } || return 0
    as_root install/down.sh --manager
    set -- serve --data "$data" --listen "0.0.0.0:$port" --advertise "$advertise"
    if has_systemd; then
        as_root install -d -m 755 /etc/crane
        printf 'CRANE_ARGS=%s\n' "$*" | as_root tee /etc/crane/manager.env >/dev/null
        as_root install -m 644 install/crane-manager.service /etc/systemd/system/
        as_root systemctl daemon-reload
        as_root systemctl enable --quiet crane-manager
        as_root systemctl restart crane-manager
    else
        # A shell of its own starts it and ends: a child of this one would hold the output of `make up` open, and whoever
        # reads that through a pipe would wait for ever.
        # shellcheck disable=SC2016
        as_root sh -c 'setsid sh install/supervise.sh "$@" >/dev/null 2>&1 </dev/null &' sh \
            "$run/manager.pid" "$logs/manager.log" "$bin/crane-manager" "$@"
    fi
    wait_for 60 manager_answers || fail "the manager does not answer, see $logs/manager.log or journalctl -u crane-manager"
    settings | as_root tee "$run/settings" >/dev/null
}

agent_joined() { as_root grep -q '"removed": *null' /var/lib/crane-agent/identity.json 2>/dev/null; }
agent_runs() {
    if has_systemd; then
        as_root systemctl is-active --quiet crane-agent
    else
        as_root install/down.sh --is-running /run/crane-agent.pid supervise
    fi
}

agent() {
    # The way every other host joins. Of a host that is a node already it replaces and starts the agent.
    ! { agent_joined && agent_runs && as_root cmp -s "$bin/crane-agent" /usr/local/bin/crane-agent; } || return 0
    pin=$(as_root "$bin/crane-manager" pin --data "$data")
    # A node keeps its key and needs no token; the script only wants the word to look like one.
    token=crane1_unused
    agent_joined || token=$(as_root "$bin/crane-manager" join-token --data "$data")
    script=$(curl -fsSk --pinnedpubkey "$pin" "https://127.0.0.1:$port/install.sh")
    printf '%s\n' "$script" | as_root sh -s -- "$token"
}

[ "$(id -u)" = 0 ] || sudo -v || fail "starting Docker and the manager needs root"
step "compilers and tools" install/prerequisites.sh
install/build.sh
step "programs in their places" place
step "Docker Engine" engine
step "Swarm" swarm
step "manager" manager
step "agent of this host" agent

link=$(as_root "$bin/crane-manager" link --data "$data")
printf '\nCrane runs. Open this in a browser:\n\n    %s\n\n' "$link"
