#!/usr/bin/env bash
# Kills a program that records as fast as it can, at a random moment, KILLS times into the same folder, and replays
# what is there: every cycle that is read is whole, and every decision is computed again bit for bit.
#   PROGRAMS  folder of irhx-trial and irhxctl
set -euo pipefail
programs=$1 kills=$2
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cycles=0
for ((kill = 1; kill <= kills; kill++)); do
  "$programs/irhx-trial" record config/row.demo.yaml "$folder/recorder" --hours 1000 --max-mb 4 >/dev/null 2>&1 &
  sleep "0.$(printf '%03d' $((50 + RANDOM % 300)))"
  kill -9 $!
  wait $! 2>/dev/null || true
  if ! said=$("$programs/irhxctl" replay "$folder/recorder"); then
    echo "kill $kill: $said" >&2
    exit 1
  fi
  [[ $said == *"every bit the same"* ]] || { echo "kill $kill: $said" >&2; exit 1; }
  found=${said#*: }
  cycles=$((cycles + ${found%% *}))
done
echo "$kills kills: no cycle torn, $cycles cycles replayed bit for bit"
