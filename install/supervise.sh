#!/bin/sh
# supervise.sh DIR PROGRAM ARGS…: keeps the manager running where no systemd does. TERM to this shell ends both.
set -eu
home=$1
shift
echo $$ >"$home/manager.pid"
trap 'kill $program 2>/dev/null; wait $program; rm -f "$home/manager.pid"; exit 0' TERM INT
while :; do
    "$@" >>"$home/manager.log" 2>&1 </dev/null &
    program=$!
    code=0
    wait $program || code=$?
    # 64: a mistake in the arguments; 0: it was asked to end. Again would be the same again.
    case $code in 0 | 64) break ;; esac
    sleep 1
done
rm -f "$home/manager.pid"
