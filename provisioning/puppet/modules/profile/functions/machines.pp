# The machines that belong to the cluster with its number of masters, by their order in cluster.yaml:
# each {name, address, role, …}.
function profile::machines() >> Array[Hash] {
  $masters = profile::masters_wanted()
  $defaults = { 'needs_masters' => 1 }
  $all = lookup('machines', Hash[String, Hash]).map |$name, $machine| {
    $defaults + $machine + { 'name' => $name }
  }
  $all.filter |$machine| { $machine['needs_masters'] <= $masters }
}
