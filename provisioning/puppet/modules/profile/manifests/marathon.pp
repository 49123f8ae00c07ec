# Marathon with host networking: from its image, or from a tarball when marathon.tarball.url is given.
# All masters run one; those that do not lead pass requests on to the leader.
class profile::marathon {
  $marathon = lookup('marathon', Hash)
  $machine = profile::machine()
  $ports = lookup('ports', Hash[String, Integer])

  group { 'marathon':
    ensure => present,
    gid    => $marathon['uid'],
  }

  # With a number that the container gets too, so that it can read its one secret file.
  user { 'marathon':
    ensure => present,
    uid    => $marathon['uid'],
    gid    => 'marathon',
    home   => '/nonexistent',
    shell  => '/usr/sbin/nologin',
  }

  file {
    default:
      owner     => 'root',
      group     => 'root',
      show_diff => false,
      notify    => Service['marathon'];
    '/etc/marathon':
      ensure => directory,
      mode   => '0755';
    '/etc/marathon/environment':
      mode    => '0600',
      content => Sensitive(epp('profile/marathon/environment.epp', {
        'address'            => $machine['address'],
        'port'               => $ports['marathon'],
        'libprocess_port'    => $ports['marathon_libprocess'],
        'heap'               => $marathon['heap'],
        'zookeeper_mesos'    => profile::zookeeper_url('mesos', profile::secret('zookeeper-mesos'), 'mesos').unwrap,
        'zookeeper_marathon' => profile::zookeeper_url('marathon', profile::secret('zookeeper-marathon'), 'marathon').unwrap,
        'password'           => profile::secret('marathon-http').unwrap,
      }));
    # Mesos takes the file as it is: no line's end.
    '/etc/marathon/mesos-secret':
      owner   => 'marathon',
      group   => 'marathon',
      mode    => '0400',
      content => profile::secret('mesos-marathon');
    '/etc/marathon/logback.xml':
      mode   => '0644',
      source => 'puppet:///modules/profile/marathon/logback.xml';
  }

  if $marathon['tarball']['url'] {
    contain profile::marathon::tarball
  } else {
    contain profile::marathon::image
  }

  service { 'marathon':
    ensure => running,
    enable => true,
  }
}
