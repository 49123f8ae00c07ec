#!/usr/bin/env bash
# Makes this machine what its role asks for: provision.sh master|slave [--exit-codes]
# As root, as often as wanted: a second run changes nothing. What changed is printed, "N changes" last.
#   CLUSTER_MASTERS  1 or 3; default: `masters` of cluster.yaml
# Exit codes: 0 well, 64 usage, others failed; with --exit-codes 0 nothing changed, 2 changed well.
set -euo pipefail
source=/marathon-gateway/provisioning/puppet
summary=/run/marathon-gateway-provision.yaml
role=${1:-}

if [[ ! $role =~ ^(master|slave)$ || ! ${2:-} =~ ^(--exit-codes)?$ || $# -gt 2 ]]; then
  echo "usage: provision.sh master|slave [--exit-codes]" >&2
  exit 64
fi
if [[ ! -d $source ]]; then
  echo "provision.sh: $source is not there; the repository has to be at /marathon-gateway" >&2
  exit 64
fi

if ! command -v puppet >/dev/null; then
  export DEBIAN_FRONTEND=noninteractive
  apt-get -qq -o DPkg::Lock::Timeout=300 update
  touch /var/lib/apt/periodic/update-success-stamp
  apt-get -qq -o DPkg::Lock::Timeout=300 install -y --no-install-recommends puppet-agent
fi

rm -f "$summary"
status=0
FACTER_cluster_role=$role FACTER_cluster_masters=${CLUSTER_MASTERS:-} puppet apply \
  --detailed-exitcodes --reports=none --lastrunfile="$summary" \
  --hiera_config="$source/hiera.yaml" --modulepath="$source/modules" "$source/manifests" || status=$?

if [[ -f $summary ]]; then echo "$(sed -n 's/^  changed: //p' "$summary") changes"; fi
if [[ $status == 2 && ${2:-} != --exit-codes ]]; then status=0; fi
exit "$status"
