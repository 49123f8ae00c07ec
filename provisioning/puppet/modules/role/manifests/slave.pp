# A Mesos agent that runs tasks in Docker.
class role::slave {
  contain profile::base
  contain profile::firewall
  contain profile::docker
  contain profile::registry::client
  contain profile::mesos::agent

  Class['profile::base']
  -> Class['profile::firewall']
  -> Class['profile::docker']
  -> Class['profile::registry::client']
  -> Class['profile::mesos::agent']

  if lookup('gateway')['on_agents'] {
    contain profile::gateway::on_agent
    Class['profile::base'] -> Class['profile::gateway::on_agent']
  }
}
