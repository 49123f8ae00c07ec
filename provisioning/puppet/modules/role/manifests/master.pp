# ZooKeeper, Mesos master, Marathon and the gateway; on the first master also the registry and the sample app.
class role::master {
  contain profile::base
  contain profile::firewall
  contain profile::docker
  contain profile::registry::client
  contain profile::zookeeper
  contain profile::mesos::master
  contain profile::marathon
  contain profile::gateway

  Class['profile::base']
  -> Class['profile::firewall']
  -> Class['profile::docker']
  -> Class['profile::registry::client']
  -> Class['profile::zookeeper']
  -> Class['profile::mesos::master']
  -> Class['profile::marathon']
  -> Class['profile::gateway']

  if profile::machine()['name'] == profile::masters()[0]['name'] {
    contain profile::registry
    contain profile::sample_app

    Class['profile::docker'] -> Class['profile::registry'] -> Class['profile::registry::client']
    Class['profile::gateway'] -> Class['profile::sample_app']

    if lookup('gateway')['on_agents'] {
      contain profile::gateway::image
      Class['profile::gateway'] -> Class['profile::gateway::image']
    }
  }
}
