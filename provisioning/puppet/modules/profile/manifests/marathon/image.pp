# Marathon's image, pulled or loaded from an archive of it, and the unit that runs it.
class profile::marathon::image {
  $marathon = lookup('marathon', Hash)
  $image = $marathon['image']
  $has_image = shellquote('docker', 'image', 'inspect', '--format', 'there', $image)

  if $marathon['archive']['url'] {
    unless $marathon['archive']['sha256'] {
      fail('marathon.archive.url needs marathon.archive.sha256 beside it')
    }
    $archive = '/var/cache/cluster/marathon-image.tar'
    profile::download { $archive:
      url    => $marathon['archive']['url'],
      sha256 => $marathon['archive']['sha256'],
    }
    # The stamp tells a new archive of the same name apart.
    $stamp = '/var/cache/cluster/marathon-image.loaded'
    $load = shellquote('docker', 'load', '--quiet', '--input', $archive)
    exec { 'image of Marathon':
      command  => "${load} && echo '${marathon['archive']['sha256']}' > ${stamp}",
      unless   => "grep -qx '${marathon['archive']['sha256']}' ${stamp} && ${has_image}",
      provider => shell,
      path     => ['/usr/bin', '/bin'],
      timeout  => 1800,
      require  => Profile::Download[$archive],
      notify   => Service['marathon'],
    }
  } else {
    exec { 'image of Marathon':
      command => shellquote('docker', 'pull', '--quiet', $image),
      unless  => $has_image,
      path    => ['/usr/bin', '/bin'],
      timeout => 1800,
      tries   => 3,
      notify  => Service['marathon'],
    }
  }

  file { '/etc/systemd/system/marathon.service':
    ensure  => file,
    owner   => 'root',
    group   => 'root',
    mode    => '0644',
    content => epp('profile/marathon/image.service.epp', { 'image' => $image, 'uid' => $marathon['uid'] }),
    notify  => Service['marathon'],
  }
}
