# How many masters the cluster has: CLUSTER_MASTERS (the fact cluster_masters), else `masters` of cluster.yaml.
function profile::masters_wanted() >> Integer {
  $wanted = String($facts['cluster_masters'] ? {
    undef   => lookup('masters'),
    ''      => lookup('masters'),
    default => $facts['cluster_masters'],
  })
  unless $wanted in ['1', '3'] {
    fail("a cluster has 1 or 3 masters, not ${wanted} (CLUSTER_MASTERS, or `masters` in cluster.yaml)")
  }
  Integer($wanted)
}
