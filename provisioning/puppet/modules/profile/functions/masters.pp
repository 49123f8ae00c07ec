# The masters of the cluster by name, each {name, address, …}. The first one also holds the registry.
function profile::masters() >> Array[Hash] {
  $masters = profile::machines().filter |$machine| { $machine['role'] == 'master' }
  $masters.sort |$a, $b| { compare($a['name'], $b['name']) }
}
