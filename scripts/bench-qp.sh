#!/usr/bin/env bash
# Measures the MPC's solver beside its peers on the same problems and machine: bench-qp.sh PROGRAM DOCUMENT
#   PROGRAM   irhx-trial, release build
#   DOCUMENT  whose section "MPC solver" to write anew
set -euo pipefail
cd "$(dirname "$0")/.."

files=$(mktemp -d)
trap 'rm -rf "$files"' EXIT
for size in S M L; do
  "$1" qp --size "$size" --feed filtered --count 500 --write "$files/$size-filtered.qp"
  "$1" qp --size "$size" --feed raw --count 180 --write "$files/$size-raw.qp"
done
"$1" qp --size random --count 1000 --write "$files/random.qp"
.build-python/bin/python3 scripts/qp-peers.py --time --write "$2" "$files"/[SML]-*.qp "$files/random.qp"
