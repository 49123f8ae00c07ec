# The gateway under /opt/marathon-gateway/releases/NAME, and the link `current` to it. Built from the
# repository on this machine and named by the digest of its sources, so nothing is built twice; or,
# when `gateway.package.url` is given, unpacked from an archive of such a folder.
#
# Older releases stay: going back is a link and a restart.
class profile::gateway::package {
  include profile::node

  $package = lookup('gateway.package')
  $releases = '/opt/marathon-gateway/releases'

  file { ['/opt/marathon-gateway', $releases]:
    ensure => directory,
    owner  => 'root',
    group  => 'root',
    mode   => '0755',
  }

  if $package['url'] {
    $release = "${releases}/${sha256("${package['url']} ${package['sha256']}")[0, 16]}"

    profile::unpacked { $release:
      url     => $package['url'],
      sha256  => $package['sha256'],
      creates => "${release}/dist/cli/main.js",
      strip   => 0,
      require => File[$releases],
    }
    $ready = Profile::Unpacked[$release]
  } else {
    $sources = ['package.json', 'package-lock.json', '.npmrc', 'tsconfig.json', 'tsconfig.build.json', 'tools', 'src', 'LICENSE']
    $digest = profile::tree_digest('/marathon-gateway', $sources)
    $release = "${releases}/${sha256("${digest} ${profile::node::program}")[0, 16]}"

    profile::gateway::build { $release:
      repository => '/marathon-gateway',
      sources    => $sources,
      require    => File[$releases],
    }
    $ready = Profile::Gateway::Build[$release]
  }

  file { '/opt/marathon-gateway/current':
    ensure  => link,
    target  => $release,
    require => [$ready, Class['profile::node']],
  }
}
