# The Mesos master: agents, frameworks and people have to say who they are, and only Marathon may run tasks.
class profile::mesos::master {
  contain profile::mesos::package

  $machine = profile::machine()
  $masters = profile::masters()

  user { 'mesos':
    ensure => present,
    system => true,
    home   => '/var/lib/mesos',
    shell  => '/usr/sbin/nologin',
  }

  # Secrets stand in files that only root and the daemon read; flags name the files.
  file {
    default:
      owner     => 'root',
      group     => 'mesos',
      mode      => '0640',
      show_diff => false,
      require   => Class['profile::mesos::package'],
      notify    => Service['mesos-master'];
    '/etc/mesos/zk':
      content => profile::zookeeper_url('mesos', profile::secret('zookeeper-mesos'), 'mesos');
    '/etc/mesos/credentials':
      content => Sensitive(epp('profile/mesos/credentials.epp', { 'secrets' => {
        'agent'    => profile::secret('mesos-agent').unwrap,
        'marathon' => profile::secret('mesos-marathon').unwrap,
        'admin'    => profile::secret('mesos-http').unwrap,
      } }));
    '/etc/mesos/acls.json':
      source => 'puppet:///modules/profile/mesos/acls.json';
  }

  profile::mesos::flags { '/etc/mesos-master':
    service => 'mesos-master',
    require => Class['profile::mesos::package'],
    flags   => {
      'cluster'                       => 'marathon-gateway',
      'ip'                            => $machine['address'],
      'port'                          => String(lookup('ports.mesos_master')),
      'hostname'                      => $machine['address'],
      'hostname_lookup'               => 'false',
      'zk'                            => 'file:///etc/mesos/zk',
      'quorum'                        => String($masters.length / 2 + 1),
      'work_dir'                      => '/var/lib/mesos/master',
      'webui_dir'                     => '/usr/share/mesos/webui',
      'credentials'                   => 'file:///etc/mesos/credentials',
      'acls'                          => 'file:///etc/mesos/acls.json',
      'authenticate_agents'           => 'true',
      'authenticate_frameworks'       => 'true',
      'authenticate_http_frameworks'  => 'true',
      'http_framework_authenticators' => 'basic',
      'authenticate_http_readonly'    => 'true',
      'authenticate_http_readwrite'   => 'true',
    },
  }

  profile::dropin { 'mesos-master':
    source => 'puppet:///modules/profile/mesos/mesos-master.conf',
  }

  service { 'mesos-master':
    ensure    => running,
    enable    => true,
    require   => User['mesos'],
    subscribe => Class['profile::mesos::package'],
  }
}
