# What a copy of the gateway that Marathon runs on this agent finds there: its configuration, and a
# folder for its state. See marathon/gateway.json.
class profile::gateway::on_agent {
  contain profile::gateway::config

  file { '/var/lib/marathon-gateway':
    ensure => directory,
    owner  => 'root',
    group  => 'root',
    mode   => '0700',
  }
}
