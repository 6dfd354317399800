#!/usr/bin/env bash
# Makes programs of two builds of the same source the same: same-bytes.sh PROGRAM...
# swiftc puts a hash of each module into a section that nothing reads at run time, and no two builds agree on it. It is
# cleared, and the build ID, which the linker has made of it and of the symbols, is made of the program itself.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

# section PROGRAM NAME: its bytes, into $folder/bytes; fails where there is none
section() {
  rm -f "$folder/bytes"
  objcopy -O binary --only-section="$2" "$1" "$folder/bytes" 2>/dev/null
  [[ -s $folder/bytes ]]
}

# replace PROGRAM NAME: by $folder/bytes
replace() { objcopy --update-section "$2=$folder/bytes" "$1"; }

for program in "$@"; do
  if section "$program" .swift_modhash; then
    size=$(stat --format=%s "$folder/bytes")
    head -c "$size" /dev/zero >"$folder/bytes"
    replace "$program" .swift_modhash
  fi
  section "$program" .note.gnu.build-id || continue
  # What stands before the ID says how long it is: 20 bytes.
  head -c 16 "$folder/bytes" >"$folder/head"
  strip --remove-section=.note.gnu.build-id -o "$folder/stripped" "$program"
  digest=$(sha1sum "$folder/stripped" | cut -c 1-40)
  python3 -c 'import sys; sys.stdout.buffer.write(bytes.fromhex(sys.argv[1]))' "$digest" |
    cat "$folder/head" - >"$folder/bytes"
  replace "$program" .note.gnu.build-id
done
