#!/usr/bin/env bash
# Packs built programs as Debian packages: build-deb.sh PROGRAMS FOLDER
#   PROGRAMS  folder of the built programs
#   FOLDER    where irhx_*.deb and irhx-sim_*.deb are put, in place of what is there
# The same source gives the same bytes: every date is that of debian/changelog, and see same-bytes.sh.
set -euo pipefail
cd "$(dirname "$0")/.."
programs=$(realpath "$1") folder=$2

stage=$(mktemp -d)
trap 'rm -rf "$stage"' EXIT
mkdir "$stage/irhx"
cp -r --preserve=mode config debian docs scripts systemd LICENSE CHANGELOG.md Package.resolved "$stage/irhx"
cd "$stage/irhx"

released=$(dpkg-parsechangelog --show-field Version)
if [[ $("$programs/irhxd" --version) != "$released" ]]; then
  echo "build-deb: debian/changelog says $released, irhxd --version something else" >&2
  exit 65
fi

export PROGRAMS=$programs
# A build without the static runtime, as tests pack, is for this machine alone: its symbols need no package.
if [[ $(objdump -p "$programs/irhxd") == *libswiftCore* ]]; then
  export IRHX_TOOLCHAIN_LIBRARIES=yes DEB_BUILD_OPTIONS=noautodbgsym
fi
# -d: the toolchain and the libraries are seen to by scripts/setup.sh.
DPKG_DEB_THREADS_MAX=2 dpkg-buildpackage --build=binary --no-sign -d >"$stage/log" 2>&1 || {
  tail -n 30 "$stage/log" >&2
  exit 1
}
cd - >/dev/null
rm -rf "$folder"
mkdir -p "$folder"
mv "$stage"/*.deb "$folder"
