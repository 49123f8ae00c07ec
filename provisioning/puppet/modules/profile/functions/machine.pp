# This machine's entry in cluster.yaml, found by its host name: {name, address, role, …}.
function profile::machine() >> Hash {
  $name = $facts['networking']['hostname']
  $machines = lookup('machines', Hash[String, Hash])
  unless $name in $machines {
    fail("this machine is called ${name}, and cluster.yaml has no machine of that name")
  }
  $defaults = { 'needs_masters' => 1 }
  $defaults + $machines[$name] + { 'name' => $name }
}
