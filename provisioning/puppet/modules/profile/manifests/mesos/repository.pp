# The repository of ClusterD's package. It also has a `zookeeper` newer than Debian's, hence the pins.
class profile::mesos::repository {
  $mesos = lookup('mesos', Hash)
  $url = $mesos['repository']
  $host = $url.regsubst('\A[a-z]+://([^/:]+).*\z', '\1')
  $key = '/etc/apt/keyrings/mesos.asc'

  file { '/etc/apt/keyrings':
    ensure => directory,
    owner  => 'root',
    group  => 'root',
    mode   => '0755',
  }

  unless $mesos['key_sha256'] or $mesos['key_url'] =~ /\A(https:\/)?\// {
    fail('mesos.key_url has to be https:// as long as mesos.key_sha256 is not given')
  }
  profile::download { $key:
    url     => $mesos['key_url'],
    sha256  => $mesos['key_sha256'],
    require => File['/etc/apt/keyrings'],
    before  => File['/etc/apt/sources.list.d/mesos.list'],
  }

  file {
    default:
      owner  => 'root',
      group  => 'root',
      mode   => '0644',
      before => Exec['apt-get update for Mesos'];
    '/etc/apt/preferences.d/mesos.pref':
      content => epp('profile/mesos/apt-preferences.epp', {
        'host'    => $host,
        'package' => $mesos['package'],
        'version' => $mesos['version'],
      });
    '/etc/apt/sources.list.d/mesos.list':
      content => "deb [signed-by=${key}] ${url} ${mesos['suite']} main\n";
  }

  # As long as the lists lack the version, so that a repository that was away is asked again.
  exec { 'apt-get update for Mesos':
    command  => 'apt-get -qq update',
    unless   => "apt-cache madison ${mesos['package']} | grep -qF '| ${mesos['version']} |'",
    provider => shell,
    path     => ['/usr/bin', '/bin', '/usr/sbin', '/sbin'],
  }
}
