# The gateway: a unit with a user of its own, on port 80 by capability.
class profile::gateway {
  include profile::node
  contain profile::gateway::package

  $settings = lookup('gateway')
  $ports = lookup('ports')
  $folder = '/etc/marathon-gateway'
  $main = '/opt/marathon-gateway/current/dist/cli/main.js'

  group { 'marathon-gateway':
    ensure => present,
    system => true,
  }

  user { 'marathon-gateway':
    ensure => present,
    system => true,
    gid    => 'marathon-gateway',
    home   => '/var/lib/marathon-gateway',
    shell  => '/usr/sbin/nologin',
  }

  file {
    default:
      ensure    => file,
      owner     => 'root',
      group     => 'marathon-gateway',
      mode      => '0640',
      show_diff => false,
      notify    => Service['marathon-gateway'];
    $folder:
      ensure => directory,
      mode   => '0750';
    "${folder}/marathon-password":
      content => profile::secret('marathon-http');
    "${folder}/admin-token":
      content => profile::secret('gateway-admin');
    # A file that the gateway would refuse never replaces the one it runs with.
    "${folder}/gateway.yaml":
      content      => epp('profile/gateway/gateway.yaml.epp', {
        'marathons'       => profile::masters().map |$master| { "http://${master['address']}:${ports['marathon']}" },
        'domains'         => $settings['domains'],
        'trusted_proxies' => $settings['trusted_proxies'],
        'port'            => $ports['gateway'],
        'admin_port'      => $ports['gateway_admin'],
        'health_port'     => $ports['gateway_health'],
        'folder'          => $folder,
      }),
      validate_cmd => "${profile::node::program} ${main} check --config %",
      require      => [
        Class['profile::gateway::package'],
        File["${folder}/marathon-password", "${folder}/admin-token"],
      ];
    '/etc/systemd/system/marathon-gateway.service':
      group   => 'root',
      mode    => '0644',
      content => epp('profile/gateway/marathon-gateway.service.epp', {
        'node'   => $profile::node::program,
        'main'   => $main,
        'config' => "${folder}/gateway.yaml",
      });
  }

  service { 'marathon-gateway':
    ensure    => running,
    enable    => true,
    require   => User['marathon-gateway'],
    subscribe => Class['profile::gateway::package'],
  }
}
