# Masterless: provision.sh applies this on the machine itself and says its role by the fact cluster_role.
node default {
  $machine = profile::machine()

  unless $machine['role'] == $facts['cluster_role'] {
    fail("${machine['name']} is a ${machine['role']} in cluster.yaml, but provision.sh was asked for a ${facts['cluster_role']}")
  }
  if $machine['needs_masters'] > profile::masters_wanted() {
    fail("${machine['name']} belongs to a cluster of ${machine['needs_masters']} masters: set CLUSTER_MASTERS=${machine['needs_masters']}, for every machine")
  }

  include "role::${machine['role']}"
}
