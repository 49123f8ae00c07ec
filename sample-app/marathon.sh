# shellcheck shell=bash
# Sourced by the scripts beside it: one function that talks to Marathon.
#   MARATHON_URL    default http://localhost:8080
#   MARATHON_NETRC  a netrc file with the credentials; default that of the cluster which ../provisioning
#                   has made, if you may read it, else ~/.netrc, if there is one

marathon_url="${MARATHON_URL:-http://localhost:8080}"
marathon_url="${marathon_url%/}"
cluster_netrc="$(dirname "${BASH_SOURCE[0]}")/../provisioning/.secrets/netrc"

fail() {
  echo "$(basename "$0"): $1" >&2
  exit "${2:-1}"
}

# marathon METHOD PATH [curl options]: sets $status and $body. Exit codes: 2 unreachable, 3 not let in.
marathon() {
  local method=$1 path=$2 answer
  shift 2
  local netrc=(--netrc-optional)
  if [[ -r $cluster_netrc ]]; then netrc=(--netrc-file "$cluster_netrc"); fi
  if [[ -n ${MARATHON_NETRC:-} ]]; then netrc=(--netrc-file "$MARATHON_NETRC"); fi
  answer=$(curl --silent --show-error --max-time 30 "${netrc[@]}" --request "$method" \
    --header 'Accept: application/json' --write-out '\n%{http_code}' "$@" "$marathon_url$path") ||
    fail "no Marathon answers at $marathon_url (set MARATHON_URL to its address)" 2
  status=${answer##*$'\n'}
  body=${answer%$'\n'*}
  if [[ $status == 401 || $status == 403 ]]; then
    fail "$marathon_url refused the credentials ($status); put them into ~/.netrc or the file named by MARATHON_NETRC" 3
  fi
}

unexpected() {
  # Marathon says JSON; a page of somebody else's would only hide the line that counts.
  if [[ $body != '{'* ]]; then body='not an answer of Marathon'; fi
  fail "$marathon_url answered $status: $body" 1
}
