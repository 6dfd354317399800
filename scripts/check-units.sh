#!/usr/bin/env bash
# Verifies the systemd units as they would be installed: check-units.sh PROGRAMS
#   PROGRAMS  folder of the programs that the units start
set -euo pipefail
cd "$(dirname "$0")/.."
programs=$(realpath "$1")
# Tenths of systemd's exposure level, 0 (none) … 100.
exposure_max=18

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
for unit in systemd/*.service systemd/*.socket; do
  sed "s|/usr/local/bin/|$programs/|" "$unit" >"$folder/${unit##*/}"
done

# Unknown keys are only warned of, with exit status 0: silence is what counts.
said=$(systemd-analyze verify --man=no "$folder"/* 2>&1) || true
if [[ -n $said ]]; then
  printf 'systemd-analyze verify:\n%s\n' "$said" >&2
  exit 1
fi

for service in "$folder"/*.service; do
  summary=$(systemd-analyze security --offline=true --threshold="$exposure_max" --no-pager "$service") || {
    grep -F '✗' <<<"$summary" >&2
    tail -n 1 <<<"$summary" >&2
    exit 1
  }
  tail -n 1 <<<"$summary"
done

catalog=$(mktemp -d -p "$folder")
install -D -m 644 -t "$catalog/usr/lib/systemd/catalog" systemd/irhxd.catalog
mkdir -p "$catalog/var/lib/systemd/catalog"
journalctl --root="$catalog" --update-catalog
