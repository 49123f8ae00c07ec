# zk://user:secret@host:port,…/path over all masters, for whoever keeps its nodes under that path.
function profile::zookeeper_url(String $user, Sensitive[String] $secret, String $path) >> Sensitive[String] {
  $port = lookup('ports.zookeeper')
  $servers = profile::masters().map |$master| { "${master['address']}:${port}" }
  Sensitive("zk://${user}:${secret.unwrap}@${servers.join(',')}/${path}")
}
