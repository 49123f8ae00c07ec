#!/usr/bin/env bash
# Removes the sample app and all its tasks.
# Exit codes: 0 accepted, 1 refused, 2 Marathon unreachable, 3 credentials refused, 4 no such app.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=marathon.sh
source "$here/marathon.sh"

marathon DELETE /v2/apps//myapp
case $status in
  200) echo "/myapp is being destroyed at $marathon_url" ;;
  404) fail "/myapp does not exist" 4 ;;
  *) unexpected ;;
esac
