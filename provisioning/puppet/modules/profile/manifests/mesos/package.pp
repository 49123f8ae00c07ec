# Mesos itself, and what master and agent share: where ZooKeeper is.
class profile::mesos::package {
  $package = lookup('mesos.package', String)
  $version = lookup('mesos.version', String)
  $deb = lookup('mesos.deb', Hash)

  if $deb['url'] {
    unless $deb['sha256'] {
      fail('mesos.deb.url needs mesos.deb.sha256 beside it')
    }
    $file = "/var/cache/cluster/${package}.deb"
    profile::download { $file:
      url    => $deb['url'],
      sha256 => $deb['sha256'],
    }
    package { $package:
      ensure  => installed,
      source  => $file,
      require => Profile::Download[$file],
    }
  } else {
    contain profile::mesos::repository
    # `latest` is the version pinned there. Puppet would install a version named here with --force-yes,
    # which also takes packages that nobody signed.
    package { $package:
      ensure  => latest,
      require => Class['profile::mesos::repository'],
    }
  }

  file {
    default:
      owner   => 'root',
      group   => 'root',
      require => Package[$package];
    '/etc/mesos':
      ensure => directory,
      mode   => '0755';
    '/var/lib/mesos':
      ensure => directory,
      mode   => '0755';
    # The package's defaults would give some flags a second time; all of ours are files of /etc/mesos-*.
    ['/etc/default/mesos', '/etc/default/mesos-master', '/etc/default/mesos-agent']:
      mode    => '0644',
      content => "# Flags are files of /etc/mesos-master and /etc/mesos-agent.\n";
  }
}
