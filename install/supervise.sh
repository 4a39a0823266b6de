#!/bin/sh
# supervise.sh PIDFILE LOG PROGRAM ARGS…: keeps a program running where no systemd does. TERM to this shell ends both.
set -eu
pidfile=$1
log=$2
shift 2
exec >>"$log" 2>&1 </dev/null
echo $$ >"$pidfile"
trap 'kill $program 2>/dev/null; wait $program; rm -f "$pidfile"; exit 0' TERM INT
while :; do
    "$@" &
    program=$!
    code=0
    wait $program || code=$?
    # 0: it was asked to end. 2: a mistake in the arguments; again would be the same again.
    case $code in 0 | 2) break ;; esac
    sleep 1
done
rm -f "$pidfile"
