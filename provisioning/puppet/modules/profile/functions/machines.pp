# The machines that belong to the cluster with its number of masters, by their order in cluster.yaml:
# each {name, address, role, …}.
function profile::machines() >> Array[Hash] {
  $masters = profile::masters_wanted()
  $all = lookup('machines', Hash[String, Hash]).map |$name, $machine| {
    { 'needs_masters' => 1 } + $machine + { 'name' => $name }
  }
  $all.filter |$machine| { $machine['needs_masters'] <= $masters }
}
