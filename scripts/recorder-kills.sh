#!/usr/bin/env bash
# Kills a program that records as fast as it can, at a random moment after it has begun to write, KILLS times into the
# same folder, and replays what is there: every cycle that is read is whole, and every decision is the same, bit for bit.
#   PROGRAMS  folder of irhx-trial and irhxctl
set -euo pipefail
programs=$1 kills=$2
folder=$(mktemp -d)
mkdir "$folder/recorder"
trap 'rm -rf "$folder"' EXIT
cycles=0
newest() { find "$folder/recorder" -name '*.flight' | sort | tail -n 1; }
for ((kill = 1; kill <= kills; kill++)); do
  before=$(newest)
  "$programs/irhx-trial" record config/row.demo.yaml "$folder/recorder" --hours 1000 --max-mb 1 >/dev/null 2>&1 &
  for _ in {1..1000}; do
    [[ $(newest) != "$before" ]] && break
    sleep 0.01
  done
  [[ $(newest) != "$before" ]] || { echo "kill $kill: nothing is recorded" >&2; exit 1; }
  sleep "0.$(printf '%03d' $((RANDOM % 120)))"
  kill -9 $!
  wait $! 2>/dev/null || true
  if ! said=$("$programs/irhxctl" replay "$folder/recorder") || [[ $said != *"every bit the same"* ]]; then
    echo "kill $kill: $said" >&2
    exit 1
  fi
  found=${said#*: }
  cycles=$((cycles + ${found%% *}))
done
echo "$kills kills: no cycle torn, $cycles cycles replayed bit for bit"
