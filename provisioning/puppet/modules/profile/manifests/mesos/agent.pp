# The Mesos agent: runs tasks in Docker alone, and pulls them from the cluster's registry with its login.
class profile::mesos::agent {
  contain profile::mesos::package

  $machine = profile::machine()
  # A copy of the gateway wants the front door's own port on its agent.
  $door = lookup('ports.gateway')
  $offered = lookup('gateway')['on_agents'] ? {
    true    => "${door}-${door}, ${lookup('task_ports')}",
    default => lookup('task_ports'),
  }

  file {
    default:
      owner     => 'root',
      group     => 'root',
      mode      => '0600',
      show_diff => false,
      require   => Class['profile::mesos::package'],
      notify    => Service['mesos-agent'];
    '/etc/mesos/zk':
      content => profile::zookeeper_url('mesos', profile::secret('zookeeper-mesos'), 'mesos');
    '/etc/mesos/credential':
      content => Sensitive(epp('profile/mesos/credential.epp', {
        'principal' => 'agent',
        'secret'    => profile::secret('mesos-agent').unwrap,
      }));
    '/etc/mesos/http_credentials':
      content => Sensitive(epp('profile/mesos/credentials.epp', { 'secrets' => {
        'admin' => profile::secret('mesos-http').unwrap,
      } }));
  }

  profile::mesos::flags { '/etc/mesos-agent':
    service => 'mesos-agent',
    require => Class['profile::mesos::package'],
    folders => ['attributes', 'resources'],
    flags   => {
      'ip'                            => $machine['address'],
      'port'                          => String(lookup('ports.mesos_agent')),
      'hostname'                      => $machine['address'],
      'hostname_lookup'               => 'false',
      'master'                        => 'file:///etc/mesos/zk',
      'work_dir'                      => '/var/lib/mesos/agent',
      'containerizers'                => 'docker',
      # The first pull of an image may take its time.
      'executor_registration_timeout' => '10mins',
      'credential'                    => 'file:///etc/mesos/credential',
      'http_credentials'              => 'file:///etc/mesos/http_credentials',
      'authenticate_http_readonly'    => 'true',
      'authenticate_http_readwrite'   => 'true',
      'resources/ports'               => "[${offered}]",
    },
  }

  profile::dropin { 'mesos-agent':
    source => 'puppet:///modules/profile/mesos/mesos-agent.conf',
  }

  service { 'mesos-agent':
    ensure    => running,
    enable    => true,
    subscribe => Class['profile::mesos::package'],
  }
}
