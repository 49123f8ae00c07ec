#!/usr/bin/env bash
# Sets the number of tasks of the sample app: scale_myapp.sh N
# Exit codes: 0 accepted, 1 refused, 2 Marathon unreachable, 3 credentials refused, 4 no such app, 64 usage.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=marathon.sh
source "$here/marathon.sh"

if [[ $# -ne 1 || ! $1 =~ ^(0|[1-9][0-9]{0,3})$ ]]; then
  fail "usage: $(basename "$0") N, with N from 0 to 9999" 64
fi
marathon PATCH /v2/apps//myapp --header 'Content-Type: application/json' --data "{\"instances\":$1}"
case $status in
  200) echo "/myapp is being scaled to $1 at $marathon_url" ;;
  404) fail "/myapp does not exist; start it with ./start_myapp.sh" 4 ;;
  409) fail "another change of /myapp is still going on; try again when it has ended" 1 ;;
  *) unexpected ;;
esac
