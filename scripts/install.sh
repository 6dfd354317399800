#!/usr/bin/env bash
# Installs or removes everything but site files: install.sh install|uninstall PROGRAMS PREFIX DESTDIR
#   PROGRAMS  folder of the built programs
#   DESTDIR   root of the machine to be; empty for this one
# With IRHX_STRIP=no in the environment the programs keep their symbols.
set -euo pipefail
cd "$(dirname "$0")/.."
action=$1 programs=$2 prefix=$3 root=${4:-}${3}
strip=(-s)
[[ ${IRHX_STRIP:-} != no ]] || strip=()
names=(irhxd irhxctl irhx-sim)
pages=(man8/irhxd.8 man1/irhxctl.1 man1/irhx-sim.1 man5/irhx-site.5 man5/irhx-profile.5)

# Puts a file of the project below the prefix: put MODE FILE PATH
put() { install -D -m "$1" "$2" "$root/$3"; }

# systemd reads units, accounts, folders and catalogs below /usr/local and /usr alike.
install_all() {
  local name file
  for name in "${names[@]}"; do
    install -D "${strip[@]}" -m 755 "$programs/$name" "$root/bin/$name"
    put_completion "$name" bash "share/bash-completion/completions/$name"
    put_completion "$name" zsh "share/zsh/site-functions/_$name"
    put_completion "$name" fish "share/fish/vendor_completions.d/$name.fish"
  done
  put_pages
  # Site files name their schema and profiles relative to themselves: the folder keeps its shape.
  while IFS= read -r file; do put 644 "config/$file" "share/irhx/$file"; done \
    < <(cd config && find . -type f \( -name '*.yaml' -o -name '*.json' \) -printf '%P\n')
  for file in docs/*.md CHANGELOG.md LICENSE; do put 644 "$file" "share/doc/irhx/${file##*/}"; done
  for file in systemd/*.service systemd/*.socket; do
    sed "s|/usr/local/|$prefix/|g" "$file" | put 644 /dev/stdin "lib/systemd/system/${file##*/}"
  done
  put 644 systemd/irhx.sysusers.conf lib/sysusers.d/irhx.conf
  put 644 systemd/irhx.tmpfiles.conf lib/tmpfiles.d/irhx.conf
  put 644 systemd/irhxd.catalog lib/systemd/catalog/irhxd.catalog
}

# put_completion PROGRAM SHELL PATH: a shell reads it, nobody runs it
put_completion() { "$programs/$1" --generate-completion-script "$2" | sed '1{/^#!/d}' | put 644 /dev/stdin "$3"; }

put_pages() {
  local folder page
  folder=$(mktemp -d)
  python3 scripts/manual.py "$programs" "$folder" "$prefix"
  for page in "${pages[@]}"; do put 644 "$folder/${page##*/}" "share/man/$page"; done
  rm -r "$folder"
}

uninstall_all() {
  local name
  for name in "${names[@]}"; do
    rm -f "$root/bin/$name" "$root/share/bash-completion/completions/$name" \
      "$root/share/zsh/site-functions/_$name" "$root/share/fish/vendor_completions.d/$name.fish"
  done
  rm -f "${pages[@]/#/$root/share/man/}"
  rm -rf "$root/share/irhx" "$root/share/doc/irhx"
  rm -f "$root"/lib/systemd/system/{irhxd@.service,irhxd@.socket,irhx-sim@.service} \
    "$root"/lib/{sysusers.d,tmpfiles.d}/irhx.conf "$root/lib/systemd/catalog/irhxd.catalog"
}

case $action in
install) install_all ;;
uninstall) uninstall_all ;;
*) echo "usage: install.sh install|uninstall PROGRAMS PREFIX DESTDIR" >&2 && exit 64 ;;
esac

# On the running machine it takes effect at once.
if [[ -z ${4:-} && -d /run/systemd/system ]]; then
  [[ $action == uninstall ]] || systemd-sysusers "$root/lib/sysusers.d/irhx.conf"
  [[ $action == uninstall ]] || systemd-tmpfiles --create "$root/lib/tmpfiles.d/irhx.conf"
  journalctl --update-catalog
  systemctl daemon-reload
fi
