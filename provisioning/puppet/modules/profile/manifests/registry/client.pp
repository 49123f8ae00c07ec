# What a machine needs to use the cluster's registry: the authority that signed its certificate, and
# the login, in a folder of its own that `docker --config` and the Mesos agent's DOCKER_CONFIG name.
class profile::registry::client {
  $registry = "${profile::masters()[0]['address']}:${lookup('ports.registry')}"
  $folder = '/etc/docker/cluster'

  file { ['/etc/docker/certs.d', "/etc/docker/certs.d/${registry}"]:
    ensure => directory,
    owner  => 'root',
    group  => 'root',
    mode   => '0755',
  }

  # Docker reads it at each use; no restart.
  file { "/etc/docker/certs.d/${registry}/ca.crt":
    ensure  => file,
    owner   => 'root',
    group   => 'root',
    mode    => '0644',
    content => profile::certificate('authority'),
  }

  file { $folder:
    ensure => directory,
    owner  => 'root',
    group  => 'root',
    mode   => '0700',
  }

  file { "${folder}/config.json":
    ensure    => file,
    owner     => 'root',
    group     => 'root',
    mode      => '0600',
    show_diff => false,
    content   => Sensitive(epp('profile/registry/login.json.epp', {
      'registry' => $registry,
      'user'     => 'cluster',
      'password' => profile::secret('registry').unwrap,
    })),
  }
}
