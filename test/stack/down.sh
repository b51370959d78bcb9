#!/usr/bin/env bash
# Stops what up.sh started, by pid, the last started first. `down.sh wipe` also deletes data and logs; `down.sh SERVER…` stops only these.
set -uo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/install.sh"

run=${LAKEBENCH_STACK:-$cache/stack/run}
servers=(trino catalog s3)
wipe=false
if [ "${1:-}" = wipe ]; then wipe=true; elif [ $# -gt 0 ]; then servers=("$@"); fi

for name in "${servers[@]}"; do
  pid=$(cat "$run/$name.pid" 2>/dev/null) || continue
  # A pid may have been given to somebody else since: only a process that was started with this cache or folder is ours.
  if kill -0 "$pid" 2>/dev/null && tr '\0' ' ' <"/proc/$pid/cmdline" | grep -qF -e "$cache" -e "$run"; then
    kill -- "-$pid" 2>/dev/null || kill "$pid"
    for _ in $(seq 100); do kill -0 "$pid" 2>/dev/null || break; sleep 0.2; done
    kill -0 "$pid" 2>/dev/null && kill -9 -- "-$pid"
    say "$name ($pid) stopped"
  fi
  rm -f "$run/$name.pid"
done
$wipe && rm -rf "$run"
exit 0
