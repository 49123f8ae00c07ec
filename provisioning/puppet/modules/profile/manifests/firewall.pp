# Who reaches which port. A table of its own, loaded by a unit of its own: Debian's nftables.service
# would begin with `flush ruleset` and take Docker's rules along.
class profile::firewall {
  $machine = profile::machine()
  $ports = lookup('ports', Hash[String, Integer])
  # The leg that has the cluster's address; on a virtual machine the other one leads to the laptop's NAT.
  $legs = $facts['networking']['interfaces'].filter |$_, $leg| { $leg['ip'] == $machine['address'] }
  if $legs.empty {
    fail("no network interface has this machine's address of cluster.yaml, ${machine['address']}")
  }

  if $machine['role'] == 'master' {
    $for_laptop = ['gateway', 'marathon', 'registry', 'mesos_master']
    $for_cluster = ['zookeeper', 'zookeeper_peer', 'zookeeper_election', 'marathon_libprocess']
  } else {
    # A gateway may run on the agents too: marathon/gateway.json.
    $for_laptop = ['gateway']
    $for_cluster = ['mesos_agent']
  }
  $control = ['zookeeper', 'zookeeper_peer', 'zookeeper_election', 'mesos_agent', 'marathon_libprocess']

  package { 'nftables':
    ensure => installed,
  }

  file { '/etc/cluster-firewall.nft':
    ensure       => file,
    owner        => 'root',
    group        => 'root',
    mode         => '0644',
    content      => epp('profile/firewall/cluster-firewall.nft.epp', {
      'leg'         => $legs.keys[0],
      'machines'    => profile::machines().map |$each| { $each['address'] },
      'laptop'      => lookup('laptop'),
      'gateways'    => lookup('nat_gateways', Array[String]),
      'clients'     => lookup('gateway')['clients'],
      'door'        => $ports['gateway'],
      'for_laptop'  => $ports.filter |$name, $_| { $name in $for_laptop }.values,
      'for_cluster' => $ports.filter |$name, $_| { $name in $for_cluster }.values,
      'control'     => $ports.filter |$name, $_| { $name in $control }.values,
      'task_ports'  => lookup('task_ports', Pattern[/\A\d+-\d+\z/]),
    }),
    validate_cmd => '/usr/sbin/nft --check --file %',
    require      => Package['nftables'],
    notify       => Service['cluster-firewall'],
  }

  file { '/etc/systemd/system/cluster-firewall.service':
    ensure => file,
    owner  => 'root',
    group  => 'root',
    mode   => '0644',
    source => 'puppet:///modules/profile/firewall/cluster-firewall.service',
    notify => Service['cluster-firewall'],
  }

  # Reloading swaps the table in one transaction; a restart would leave a moment without rules.
  service { 'cluster-firewall':
    ensure  => running,
    enable  => true,
    restart => '/usr/bin/systemctl reload-or-restart cluster-firewall.service',
  }
}
