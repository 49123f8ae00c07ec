# What every machine has: the names of all machines, apt that waits for its lock, the right time.
class profile::base {
  file { '/etc/hosts':
    ensure  => file,
    owner   => 'root',
    group   => 'root',
    mode    => '0644',
    content => epp('profile/base/hosts.epp', { 'machines' => profile::machines() }),
  }

  file { '/etc/apt/apt.conf.d/90-cluster':
    ensure => file,
    owner  => 'root',
    group  => 'root',
    mode   => '0644',
    source => 'puppet:///modules/profile/base/apt.conf',
  }

  # Boxes are older than the archive, and a list that names what is gone makes every install fail.
  $updated = '/var/lib/apt/periodic/update-success-stamp'
  exec { 'apt-get update':
    command => "apt-get -qq update && touch ${updated}",
    unless  => "find ${updated} -mmin -1440 | grep -q .",
    path    => ['/usr/bin', '/bin'],
    require => File['/etc/apt/apt.conf.d/90-cluster'],
  }

  package { ['ca-certificates', 'curl', 'systemd-timesyncd']:
    ensure  => installed,
    require => Exec['apt-get update'],
  }

  # Not `running`: a container has its host's time, and systemd then leaves it stopped.
  service { 'systemd-timesyncd':
    enable  => true,
    require => Package['systemd-timesyncd'],
  }

  # Puppet is applied by provision.sh alone; there is no server to ask.
  service { 'puppet':
    ensure => stopped,
    enable => false,
  }
}
