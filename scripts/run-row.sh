#!/usr/bin/env bash
# Runs a simulated row and its controller until Ctrl-C: run-row.sh PROGRAMS SITE SPEED [DURATION]
#   PROGRAMS  folder of irhx-sim, irhxd and irhxctl
#   SPEED     simulated seconds per second; the controller always lives in real time
#   DURATION  ends after so many seconds, with 0 only if the row was in Auto and held its supply setpoint
# Everything lives in a private folder, to which .build/run leads meanwhile, and on free loopback ports; nothing stays.
set -euo pipefail

programs=$1 site=$2 speed=$3 duration=${4:-}
# The row is taken over as it runs at this share of full load.
settled_percent=60

if [[ -n $duration && ! $duration =~ ^[1-9][0-9]{0,5}$ ]]; then
  echo "run: DURATION is in whole seconds, not '$duration'" >&2
  exit 64
fi

folder=$(mktemp -d)
link=$(dirname "$0")/../.build/run
simulator='' daemon='' recorder=''

# Ends one of our processes and waits for it.
end() {
  [[ -n $1 ]] || return 0
  kill -TERM "$1" 2>/dev/null || true
  wait "$1" 2>/dev/null || true
}

# The daemon goes first: it leaves the plant safe over buses that still answer.
clean_up() {
  trap - EXIT
  trap '' INT TERM HUP
  end "$recorder"
  end "$daemon"
  end "$simulator"
  [[ $(readlink "$link") != "$folder" ]] || rm -f "$link"
  rm -rf "$folder"
}
trap clean_up EXIT
# Ctrl-C is how a run without an end is ended.
trap '[[ -z $duration ]] && echo "run: stopped" && exit 0; exit 130' INT
trap 'exit 143' TERM HUP

# One clear line, then the end of both logs.
fail() {
  printf '\nrun: %s\n' "$*" >&2
  for log in simulator daemon; do
    [[ -s $folder/$log.log ]] || continue
    printf '%s\n' "--- $log, last lines" >&2
    tail -n 15 "$folder/$log.log" >&2
  done
  exit 1
}

# Waits until a command succeeds, no longer than 20 s nor than a process lives.
await() {
  local process=$1 what=$2
  shift 2
  for _ in {1..200}; do
    if "$@" >/dev/null 2>&1; then return; fi
    kill -0 "$process" 2>/dev/null || fail "the $what has ended"
    sleep 0.1
  done
  fail "the $what is not ready after 20 s"
}

# Sessions of their own: Ctrl-C reaches this script alone, which ends them in order.
setsid "$programs/irhx-sim" run "$site" --any-port --endpoints "$folder/endpoints" --socket "$folder/simulator.sock" \
  --speed "$speed" --settled "$settled_percent" </dev/null >"$folder/simulator.log" 2>&1 &
simulator=$!
await "$simulator" simulator test -s "$folder/endpoints"
setsid "$programs/irhxd" run "$site" --endpoints "$folder/endpoints" --socket "$folder/row.sock" --normal-priority \
  --state-directory "$folder" \
  </dev/null >"$folder/daemon.log" 2>&1 &
daemon=$!
control=("$programs/irhxctl")
await "$daemon" daemon "${control[@]}" status --socket "$folder/row.sock"

ln -sfn "$folder" "$link"
echo 'run: for another terminal: .build/run/row.sock (irhxctl), .build/run/simulator.sock (irhx-sim)'
if [[ -z $duration ]]; then
  [[ ! -t 1 ]] || sleep 2 # the screen is about to be cleared
  "${control[@]}" watch --socket "$folder/row.sock" || fail "the row can no longer be watched"
  exit 0
fi

setsid "${control[@]}" watch --json --socket "$folder/row.sock" --timeout "${duration}s" >"$folder/states" &
recorder=$!
"${control[@]}" watch --socket "$folder/row.sock" --timeout "${duration}s" || fail "the row can no longer be watched"
wait "$recorder" || fail "the row's states could not be recorded"
recorder=''
awk -f "$(dirname "$0")/judge-row.awk" "$folder/states" || fail "the row did not hold its setpoint in Auto"
