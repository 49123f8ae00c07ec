# The cluster's private Docker registry on the first master: TLS by the cluster's own authority, and
# nothing without a login.
class profile::registry {
  $first = profile::masters()[0]
  $user = 'cluster'
  $password = profile::secret('registry')
  # The laptop's forwarded port is `localhost` there.
  $tls = profile::certificate('authority', 'registry-server', [
    "IP:${first['address']}",
    'IP:127.0.0.1',
    "DNS:${first['name']}",
    'DNS:localhost',
  ])
  $folder = '/etc/docker/registry'

  package { 'docker-registry':
    ensure          => installed,
    install_options => ['--no-install-recommends'],
  }

  file {
    default:
      owner     => 'root',
      group     => 'docker-registry',
      mode      => '0640',
      show_diff => false,
      require   => Package['docker-registry'],
      notify    => Service['docker-registry'];
    [$folder, "${folder}/tls"]:
      ensure => directory,
      mode   => '0750';
    "${folder}/config.yml":
      content => epp('profile/registry/config.yml.epp', { 'folder' => $folder, 'port' => lookup('ports.registry') });
    "${folder}/htpasswd":
      content => profile::htpasswd($user, $password);
    "${folder}/tls/server.crt":
      content => $tls['certificate'];
    "${folder}/tls/server.key":
      content => $tls['key'];
  }

  profile::dropin { 'docker-registry':
    source => 'puppet:///modules/profile/registry/docker-registry.conf',
  }

  service { 'docker-registry':
    ensure => running,
    enable => true,
  }
}
