#!/usr/bin/env bash
# Starts the sample app on the Marathon at $MARATHON_URL. See marathon.sh for credentials.
# Exit codes: 0 started, 1 refused, 2 Marathon unreachable, 3 credentials refused, 4 it exists already.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=marathon.sh
source "$here/marathon.sh"

marathon POST /v2/apps --header 'Content-Type: application/json' --data-binary "@$here/start_myapp.json"
case $status in
  201) echo "/myapp is being started at $marathon_url" ;;
  409) fail "/myapp exists already; change it with ./scale_myapp.sh N or remove it with ./destroy_myapp.sh" 4 ;;
  *) unexpected ;;
esac
