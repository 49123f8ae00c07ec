# The gateway on a master: a unit with a user of its own, on port 80 by capability.
class profile::gateway {
  include profile::node
  contain profile::gateway::config
  contain profile::gateway::package

  $main = '/opt/marathon-gateway/current/dist/cli/main.js'

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

  # A file that the gateway refuses stops here, and the one that runs goes on with what it has.
  exec { 'check gateway.yaml':
    command     => "${profile::node::program} ${main} check --config ${profile::gateway::config::file}",
    refreshonly => true,
    subscribe   => [Class['profile::gateway::config'], Class['profile::gateway::package']],
  }

  service { 'marathon-gateway':
    ensure    => running,
    enable    => true,
    require   => Exec['check gateway.yaml'],
    subscribe => [
      File['/etc/systemd/system/marathon-gateway.service'],
      Class['profile::gateway::config'],
      Class['profile::gateway::package'],
    ],
  }
}
