# Marathon without its image: its own start script, which needs a Java and a libmesos that you bring.
class profile::marathon::tarball {
  $tarball = lookup('marathon.tarball', Hash)
  unless $tarball['sha256'] {
    fail('marathon.tarball.url needs marathon.tarball.sha256 beside it')
  }
  $archive = '/var/cache/cluster/marathon.tgz'
  $folder = "/opt/marathon/${tarball['sha256'][0, 16]}"

  profile::download { $archive:
    url    => $tarball['url'],
    sha256 => $tarball['sha256'],
  }

  file { '/opt/marathon':
    ensure => directory,
    owner  => 'root',
    group  => 'root',
    mode   => '0755',
  }

  # Unpacked beside its place, so that a folder that is there is whole.
  $part = "${folder}.part"
  $unpack = "tar -xzf ${archive} -C ${part} --strip-components=1 --no-same-owner"
  exec { 'unpack Marathon':
    command  => "rm -rf ${part} && mkdir ${part} && ${unpack} && mv ${part} ${folder}",
    creates  => $folder,
    provider => shell,
    path     => ['/usr/bin', '/bin'],
    require  => [Profile::Download[$archive], File['/opt/marathon']],
    notify   => Service['marathon'],
  }

  file { '/etc/systemd/system/marathon.service':
    ensure  => file,
    owner   => 'root',
    group   => 'root',
    mode    => '0644',
    content => epp('profile/marathon/tarball.service.epp', {
      'folder'         => $folder,
      'java_home'      => $tarball['java_home'],
      'native_library' => $tarball['native_library'],
    }),
    notify  => Service['marathon'],
  }
}
