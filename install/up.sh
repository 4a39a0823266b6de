#!/bin/sh
# `make up`: builds Crane, starts it on this machine, and prints the link to the dashboard. What is there already is
# left alone, so a second run is quick. The manager listens on $CRANE_PORT (7443) of every address and tells
# hosts to come to $CRANE_ADVERTISE (this machine's main address).
set -eu
cd "$(dirname "$0")/.."
. install/env.sh

port=${CRANE_PORT:-7443}
data=$CRANE_HOME/manager
bin=/usr/local/lib/crane # what the manager runs from and hands out; hosts have their agent in /usr/local/bin

main_address() {
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
    as_root install -d -m 755 "$bin" /usr/local/bin
    as_root install -d -m 700 "$CRANE_HOME"
    as_root install -C -m 755 "$CRANE_BIN_DIR/crane-manager" "$CRANE_BIN_DIR/crane-agent" "$bin/"
    as_root install -C -m 755 "$CRANE_BIN_DIR/crane" /usr/local/bin/
    as_root ln -sf "$bin/crane-manager" /usr/local/bin/crane-manager
}

docker_answers() { as_root docker version; }

engine() {
    ! docker_answers || return 0
    if has_systemd; then
        as_root systemctl enable --now docker
    else
        as_root sh -c "setsid dockerd >>'$CRANE_HOME/dockerd.log' 2>&1 </dev/null & echo \$! >'$CRANE_HOME/dockerd.pid'"
    fi
    wait_for 60 docker_answers || fail "the Docker Engine does not answer ($CRANE_HOME/dockerd.log)"
}

swarm() {
    [ "$(as_root docker info --format '{{.Swarm.LocalNodeState}}')" = inactive ] || return 0
    as_root docker swarm init --advertise-addr "$(main_address)"
}

manager_answers() { curl -fsSk --max-time 2 "https://127.0.0.1:$port/readyz"; }
agent_joined() { as_root grep -q '"removed": *null' /var/lib/crane-agent/identity.json 2>/dev/null; }

agent_runs() {
    if has_systemd; then as_root systemctl is-active --quiet crane-agent; else
        as_root sh -c 'kill -0 "$(cat /run/crane-agent.pid)"' 2>/dev/null
    fi
}

# The newest programs run, on these settings, and a host that must join has a token that is still good.
manager_is_current() {
    { agent_joined || [ -n "$(as_root find "$CRANE_HOME/token" -mmin -10 2>/dev/null)" ]; } &&
        manager_answers && [ "$(as_root cat "$CRANE_HOME/running" 2>/dev/null)" = "$(settings)" ]
}
settings() { printf '%s %s %s\n' "$(sha256sum <"$bin/crane-manager")" "$port" "$advertise"; }

manager() {
    ! manager_is_current || return 0
    as_root install/down.sh --manager
    if ! agent_joined; then
        # While the manager is down its store is free. The token is good for a quarter of an hour and for this host.
        as_root sh -c "umask 077; '$bin/crane-manager' join-token --data '$data' --hostname '$(uname -n)' >'$CRANE_HOME/token'"
    fi
    if has_systemd; then
        as_root install -m 644 install/crane-manager.service /etc/systemd/system/
        as_root sh -c "printf 'CRANE_ARGS=%s\n' '--data $data --listen [::]:$port --advertise $advertise' >'$CRANE_HOME/manager.env'"
        as_root systemctl daemon-reload
        as_root systemctl enable --quiet crane-manager
        as_root systemctl restart crane-manager
    else
        as_root setsid sh install/supervise.sh "$CRANE_HOME" "$bin/crane-manager" serve \
            --data "$data" --listen "[::]:$port" --advertise "$advertise" >/dev/null 2>&1 </dev/null &
    fi
    wait_for 60 manager_answers || fail "the manager does not answer (see $CRANE_HOME/manager.log or journalctl -u crane-manager)"
    settings | as_root tee "$CRANE_HOME/running" >/dev/null
}

agent() {
    if agent_joined; then
        ! { agent_runs && as_root cmp -s "$bin/crane-agent" /usr/local/bin/crane-agent; } || return 0
        # Already a node: the script replaces and starts the agent and looks at no token.
        printf 'crane1_unused\n' | as_root tee "$CRANE_HOME/token" >/dev/null
    fi
    pin=$(as_root "$bin/crane-manager" pin --data "$data")
    as_root sh -c "curl -fsSk --pinnedpubkey '$pin' 'https://127.0.0.1:$port/install.sh' >'$CRANE_HOME/install.sh' &&
        sh '$CRANE_HOME/install.sh' \"\$(cat '$CRANE_HOME/token')\""
    as_root rm -f "$CRANE_HOME/token"
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
say "Crane runs. Open this in a browser:"
printf '\n    %s\n\n' "$link"
