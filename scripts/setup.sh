#!/usr/bin/env bash
# Installs what this machine lacks and nothing else: setup.sh build | package | test | bench | solvers | energy
#   build  what the programs compile and link with, and what makes their manual pages
#   package  also what packs them and looks the packages over
#   test   also the independent clients and checkers that the tests and gates use
#   bench  also the peers that the benchmark measures beside us
#   solvers  the solvers that the MPC's solver is checked against and measured beside
#   energy the weather that the water model reads
# Python packages go into .build-python of this folder, never into the system.
set -euo pipefail
cd "$(dirname "$0")/.."

packages=(libmodbus-dev libsqlite3-dev libsystemd-dev pkg-config python3)
case ${1:-test} in
build) ;;
package) packages+=(debhelper dpkg-dev lintian) ;;
test)
  packages+=(debhelper dpkg-dev librsvg2-bin mandoc mbpoll tmux varlink-go)
  packages+=(python3-venv systemd systemd-container shellcheck)
  ;;
bench) packages+=(rt-tests stress-ng python3-venv) ;;
solvers | energy) packages+=(python3-venv) ;;
*) echo "usage: setup.sh build | package | test | bench | solvers | energy" >&2 && exit 64 ;;
esac

# Says what stops us in one line.
fail() {
  echo "setup: $*" >&2
  exit 69
}

as_root() {
  if [[ $EUID -eq 0 ]]; then "$@"; else sudo "$@"; fi
}

is_installed() { [[ $(dpkg-query -W -f='${db:Status-Status}' "$1" 2>/dev/null) == installed ]]; }

command -v swift >/dev/null || fail "no swift in PATH; install a Swift 6.2 or later toolchain first"
command -v dpkg-query >/dev/null || fail "this machine is no Debian; install by hand: ${packages[*]}"

missing=()
for package in "${packages[@]}"; do
  is_installed "$package" || missing+=("$package")
done
if [[ ${#missing[@]} -gt 0 ]]; then
  echo "setup: installing ${missing[*]}"
  [[ $EUID -eq 0 ]] || command -v sudo >/dev/null || fail "needs root (no sudo here) to install: ${missing[*]}"
  as_root apt-get update -qq </dev/null || fail "apt-get update did not succeed"
  as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" \
    </dev/null >/dev/null || fail "could not install: ${missing[*]}"
fi

# Installs Python packages into .build-python unless these modules import: need_python MODULE... -- PACKAGE...
need_python() {
  local modules=() interpreter=.build-python/bin/python3
  while [[ $1 != -- ]]; do modules+=("$1") && shift; done
  shift
  "$interpreter" -c "import $(IFS=, && echo "${modules[*]}")" 2>/dev/null && return
  echo "setup: installing Python packages $* into .build-python"
  [[ -x $interpreter ]] || /usr/bin/python3 -m venv --clear .build-python || fail "python3 -m venv did not succeed"
  "$interpreter" -m pip install --quiet --disable-pip-version-check "$@" || fail "pip could not install $*"
}

case ${1:-test} in
test) need_python varlink jsonschema yaml pyarrow -- varlink jsonschema PyYAML pyarrow ;;
bench) need_python pymodbus -- pymodbus ;;
solvers) need_python numpy scipy osqp daqp piqp clarabel casadi -- numpy scipy osqp daqp piqp clarabel casadi ;;
energy)
  # Only its weather files are used: nothing it depends on is installed, so it does not import.
  weather='.build-python/lib/python3*/site-packages/sinergym/data/weather/*.epw'
  compgen -G "$weather" >/dev/null || need_python sinergym -- --no-deps sinergym
  ;;
esac
