# ZooKeeper as a unit of its own: one server, or with three masters an ensemble of three.
# Debian's zookeeperd is a SysV script with its data in /tmp; the library alone is half the size.
class profile::zookeeper {
  $machine = profile::machine()
  $masters = profile::masters()
  $ports = lookup('ports', Hash[String, Integer])
  $data = '/var/lib/zookeeper'

  package { ['default-jre-headless', 'libzookeeper-java']:
    ensure => installed,
  }

  user { 'zookeeper':
    ensure => present,
    system => true,
    home   => $data,
    shell  => '/usr/sbin/nologin',
  }

  file {
    default:
      owner  => 'root',
      group  => 'root',
      mode   => '0644',
      notify => Service['zookeeper'];
    '/etc/zookeeper':
      ensure => directory,
      mode   => '0755';
    '/etc/zookeeper/zoo.cfg':
      content => epp('profile/zookeeper/zoo.cfg.epp', {
        'address'  => $machine['address'],
        'data'     => $data,
        'port'     => $ports['zookeeper'],
        'peer'     => $ports['zookeeper_peer'],
        'election' => $ports['zookeeper_election'],
        'servers'  => $masters.map |$master| { $master['address'] },
      });
    '/etc/zookeeper/log4j.properties':
      source => 'puppet:///modules/profile/zookeeper/log4j.properties';
    $data:
      ensure => directory,
      owner  => 'zookeeper',
      group  => 'zookeeper',
      mode   => '0750';
    # A server's number in the ensemble is its place in the list of masters.
    "${data}/myid":
      content => "${masters.index($machine) + 1}\n";
    '/etc/systemd/system/zookeeper.service':
      content => epp('profile/zookeeper/zookeeper.service.epp', { 'heap' => lookup('zookeeper.heap') });
  }

  service { 'zookeeper':
    ensure  => running,
    enable  => true,
    require => [Package['default-jre-headless', 'libzookeeper-java'], User['zookeeper']],
  }

  # A new ZooKeeper lets everyone make and remove what stands at its root, such as an empty /mesos.
  file {
    default:
      owner  => 'root',
      group  => 'root',
      notify => Service['zookeeper-owners'];
    '/etc/zookeeper/owners':
      mode      => '0600',
      show_diff => false,
      content   => Sensitive(epp('profile/zookeeper/owners.epp', { 'owners' => {
        'mesos'    => profile::secret('zookeeper-mesos').unwrap,
        'marathon' => profile::secret('zookeeper-marathon').unwrap,
      } }));
    '/etc/systemd/system/zookeeper-owners.service':
      mode    => '0644',
      content => epp('profile/zookeeper/zookeeper-owners.service.epp', {
        'address' => $machine['address'],
        'port'    => $ports['zookeeper'],
      });
  }

  # Not waited for: the first of three masters has no quorum yet.
  service { 'zookeeper-owners':
    ensure  => running,
    enable  => true,
    start   => '/usr/bin/systemctl start --no-block zookeeper-owners.service',
    restart => '/usr/bin/systemctl restart --no-block zookeeper-owners.service',
    require => Service['zookeeper'],
  }
}
