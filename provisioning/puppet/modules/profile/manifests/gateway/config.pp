# What the gateway reads in /etc/marathon-gateway, for the unit on the masters and for copies that run
# on the agents: the file, Marathon's password, and the token of the admin side.
#
# @param check command that says whether a configuration, named by %, is good; one that is not never
#   takes the place of the file that is there
class profile::gateway::config (
  Optional[String[1]] $check = undef,
) {
  $folder = '/etc/marathon-gateway'
  $file = "${folder}/gateway.yaml"
  $settings = lookup('gateway')
  $ports = lookup('ports')

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
      show_diff => false;
    $folder:
      ensure => directory,
      mode   => '0750';
    "${folder}/marathon-password":
      content => profile::secret('marathon-http');
    "${folder}/admin-token":
      content => profile::secret('gateway-admin');
    $file:
      validate_cmd => $check,
      require      => File["${folder}/marathon-password", "${folder}/admin-token"],
      content      => epp('profile/gateway/gateway.yaml.epp', {
        'marathons'       => profile::masters().map |$master| { "http://${master['address']}:${ports['marathon']}" },
        'domains'         => $settings['domains'],
        'trusted_proxies' => $settings['trusted_proxies'],
        'port'            => $ports['gateway'],
        'admin_port'      => $ports['gateway_admin'],
        'health_port'     => $ports['gateway_health'],
        'folder'          => $folder,
      });
  }
}
