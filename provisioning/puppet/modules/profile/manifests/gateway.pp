# The gateway on a master: a unit with a user of its own, on port 80 by capability.
class profile::gateway {
  include profile::node
  contain profile::gateway::package

  $main = '/opt/marathon-gateway/current/dist/cli/main.js'

  class { 'profile::gateway::config':
    check   => "${profile::node::program} ${main} check --config %",
    require => Class['profile::gateway::package'],
  }
  contain profile::gateway::config

  file { '/etc/systemd/system/marathon-gateway.service':
    ensure  => file,
    owner   => 'root',
    group   => 'root',
    mode    => '0644',
    content => epp('profile/gateway/marathon-gateway.service.epp', {
      'node'   => $profile::node::program,
      'main'   => $main,
      'config' => $profile::gateway::config::file,
    }),
  }

  service { 'marathon-gateway':
    ensure    => running,
    enable    => true,
    subscribe => [
      File['/etc/systemd/system/marathon-gateway.service'],
      Class['profile::gateway::config'],
      Class['profile::gateway::package'],
    ],
  }
}
