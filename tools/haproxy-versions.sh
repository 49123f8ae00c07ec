#!/usr/bin/env bash
# Runs the tests of the haproxy plane with other versions of HAProxy than the installed one.
#
#   tools/haproxy-versions.sh trixie                  Debian's build of that release, downloaded
#   tools/haproxy-versions.sh sid experimental        those that Debian prepares; the libraries are of sid
#   tools/haproxy-versions.sh /opt/haproxy-2.8/haproxy  a program of your own; several may be given
#
# A download needs apt and a Debian mirror that is already configured, installs nothing, and stays in
# ${XDG_CACHE_HOME:-~/.cache}/marathon-gateway. Debian's signature is checked, the date until which it
# vouches for its lists is not: those of sid and experimental expire within a week, and mirrors that stand
# still have older ones. Ends with a line for each version; 1 when one failed.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
cache="${XDG_CACHE_HOME:-$HOME/.cache}/marathon-gateway"
keyring=/usr/share/keyrings/debian-archive-keyring.gpg
# Words in the paths of tests that start an HAProxy, or look at what one said.
tests=(haproxy cli/render cli/plane cli/verify cli/migrate)

die() {
  printf '%s\n' "$*" >&2
  exit 2
}

# apt with folders of its own: lists and packages of one release, none of them installed.
release_apt() {
  local folder=$1
  shift
  apt-get -qq -o "Dir=$folder" -o "Dir::State::status=$folder/status" \
    -o "Dir::Etc::sourcelist=$folder/sources.list" -o 'APT::Sandbox::User=' \
    -o 'Acquire::Check-Valid-Until=false' "$@" </dev/null
}

# The program `haproxy` of a Debian release, with that release's libraries.
fetch_release() {
  local release=$1 folder="$cache/haproxy-$1" mirror
  [[ -x $folder/bin/haproxy ]] && return 0
  mirror=$(apt-get indextargets --format "\$(LABEL) \$(REPO_URI)" 'Created-By: Packages' |
    awk '$1 == "Debian" { print $2; exit }')
  [[ -n $mirror ]] || die 'apt knows no Debian mirror: run apt-get update once'
  mkdir -p "$folder"/{bin,root,etc/apt/preferences.d,var/lib/apt/lists/partial,var/cache/apt/archives/partial}
  : >"$folder/status"
  # Experimental has only what sid has not, and nothing of it is taken but HAProxy.
  local suites=("$release") suite
  [[ $release == experimental ]] && suites=(sid experimental)
  printf 'Package: haproxy\nPin: release a=experimental\nPin-Priority: 990\n' \
    >"$folder/etc/apt/preferences.d/haproxy"
  for suite in "${suites[@]}"; do
    printf 'deb [signed-by=%s] %s %s main\n' "$keyring" "$mirror" "$suite"
  done >"$folder/sources.list"
  release_apt "$folder" update || die "the packages of $release can't be listed"
  release_apt "$folder" install --yes --download-only --no-install-recommends haproxy ||
    die "$release has no haproxy that can be downloaded"
  local package
  for package in "$folder"/var/cache/apt/archives/*.deb; do
    dpkg-deb --extract "$package" "$folder/root"
  done
  write_starter "$folder"
}

# By its own loader. A master starts itself anew by the name it was started with: that of this script.
write_starter() {
  local folder=$1 loader libraries
  loader=$(find "$folder/root" -name 'ld-linux*.so.*' -print -quit)
  [[ -n $loader ]] || die "no loader among the packages in $folder"
  libraries=$(find "$folder/root" -type d -name '*-linux-gnu' -path '*/lib/*' ! -path '*/share/*' -printf '%p:')
  cat >"$folder/bin/haproxy" <<EOF
#!/bin/sh
exec "$loader" --argv0 "$folder/bin/haproxy" --library-path "$libraries" \\
  "$folder/root/usr/sbin/haproxy" "\$@"
EOF
  chmod +x "$folder/bin/haproxy"
}

program_of() {
  if [[ $1 == */* ]]; then
    [[ -x $1 ]] || die "$1 is no program"
    realpath -s "$1"
  else
    fetch_release "$1" >&2
    printf '%s\n' "$cache/haproxy-$1/bin/haproxy"
  fi
}

(($# > 0)) || die 'which HAProxy? The name of a Debian release, or the path of a program'
node tools/prepare.mjs
shims=$(mktemp -d)
trap 'rm -rf "$shims"' EXIT
results=()
status=0
for wanted in "$@"; do
  program=$(program_of "$wanted")
  version=$("$program" -v | sed -n '1s/.*version \([^ ]*\).*/\1/p')
  [[ -n $version ]] || die "$program does not tell its version"
  shim=$(mktemp -d "$shims/XXXXXX")
  ln -s "$program" "$shim/haproxy"
  printf '\n== HAProxy %s (%s)\n' "$version" "$program"
  if PATH="$shim:$PATH" node --import tsx test/run.ts "${tests[@]}" 2>&1 | tee "$shim/log"; then
    outcome=passed
  else
    outcome=FAILED
    status=1
  fi
  results+=("$(printf '%-24s %s: %s' "$version" "$outcome" "$(grep -E '^[0-9]+ passed' "$shim/log" || echo 'no result')")")
done
printf '\n'
printf '%s\n' "${results[@]}"
exit "$status"
