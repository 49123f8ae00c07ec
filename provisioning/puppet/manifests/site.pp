# Masterless: provision.sh applies this on the machine itself and says its role by the fact cluster_role.
# A replaced file may hold a secret; no copy of it goes into Puppet's bucket.
File {
  backup => false,
}

node default {
  $machine = profile::machine()

  $host = $machine['name']
  $role = $machine['role']
  $masters = $machine['needs_masters']

  unless $role == $facts['cluster_role'] {
    fail("${host} is a ${role} in cluster.yaml, but provision.sh was asked for a ${facts['cluster_role']}")
  }
  if $masters > profile::masters_wanted() {
    fail("${host} belongs to a cluster of ${masters} masters: set CLUSTER_MASTERS=${masters} for every machine")
  }

  include "role::${role}"
}
