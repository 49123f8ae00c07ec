# Docker Engine as Debian packages it: the release that Mesos' Docker containerizer was made for.
class profile::docker {
  file { '/etc/docker':
    ensure => directory,
    owner  => 'root',
    group  => 'root',
    mode   => '0755',
  }

  # There before the package, so that the first start already follows it.
  file { '/etc/docker/daemon.json':
    ensure => file,
    owner  => 'root',
    group  => 'root',
    mode   => '0644',
    source => 'puppet:///modules/profile/docker/daemon.json',
    notify => Service['docker'],
  }

  # Docker uses AppArmor where the kernel has it, but only with its parser at hand.
  package { 'apparmor':
    ensure => installed,
  }

  package { 'docker.io':
    ensure          => installed,
    install_options => ['--no-install-recommends'],
    require         => [File['/etc/docker/daemon.json'], Package['apparmor']],
  }

  service { 'docker':
    ensure  => running,
    enable  => true,
    require => Package['docker.io'],
  }
}
