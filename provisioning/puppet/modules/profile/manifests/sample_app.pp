# The sample app's image in the cluster's registry, and the login with which its scripts start it.
class profile::sample_app {
  $folder = '/marathon-gateway/sample-app'
  $given_base = lookup('sample_app')['base_image']

  if $given_base {
    $base = $given_base
  } else {
    include profile::node_image
    Class['profile::node_image'] -> Profile::Image['myapp']
    $base = $profile::node_image::image
  }

  $sources = profile::tree_digest($folder, ['Dockerfile', 'package.json', 'server.js'])
  profile::image { 'myapp':
    version => sha256("${sources} ${base}")[0, 16],
    context => $folder,
    base    => $base,
  }

  $netrc = Sensitive(epp('profile/sample_app/netrc.epp', {
    'hosts'    => ['localhost', '127.0.0.1'] + profile::masters().map |$master| { $master['address'] },
    'password' => profile::secret('marathon-http').unwrap,
  }))

  # In the folder of secrets for the laptop and for root; for Vagrant's user in its home, if this is
  # one of Vagrant's machines.
  file { "${lookup('secrets_folder')}/netrc":
    ensure    => file,
    mode      => '0600',
    show_diff => false,
    content   => $netrc,
  }

  if find_file('/home/vagrant/.profile') {
    file { '/home/vagrant/.netrc':
      ensure    => file,
      owner     => 'vagrant',
      group     => 'vagrant',
      mode      => '0600',
      show_diff => false,
      content   => $netrc,
    }
  }
}
