# The sample app's image, built and pushed into the cluster's registry as `myapp`, and the login with
# which its scripts start it. Pushed again only when its sources or its base are other ones.
class profile::sample_app {
  include profile::node
  include profile::cache

  $first = profile::masters()[0]
  $registry = "${first['address']}:${lookup('ports.registry')}"
  $folder = '/marathon-gateway/sample-app'
  $own_base = "cluster/node:${profile::node::node['version']}"
  $base = lookup('sample_app')['base_image'] ? {
    undef   => $own_base,
    default => lookup('sample_app')['base_image'],
  }
  $digest = profile::tree_digest($folder, ['Dockerfile', 'package.json', 'server.js'])
  $image = "${registry}/myapp"
  $version = sha256("${digest} ${base}")[0, 16]
  $docker = 'docker --config /etc/docker/cluster'
  $is_pushed = "${docker} manifest inspect ${image}:${version}"

  # Without a base from elsewhere: this machine's Node with the libraries it is linked with, and
  # nothing besides. No download, and no shell inside.
  $tar = "${profile::cache::folder}/node-base.tar"
  $libraries = "$(ldd ${profile::node::program} | grep --only-matching '/[^ ]*')"
  $to_path = "--transform 's,.*/bin/node$,usr/local/bin/node,'"

  exec {
    default:
      path     => ['/usr/bin', '/bin'],
      provider => shell,
      umask    => '077',
      timeout  => 900;
    'sample app: a base of its own':
      command => "tar --create --file ${tar} --dereference --absolute-names ${to_path} ${libraries} ${profile::node::program} && docker import --change 'ENV PATH=/usr/local/bin:/usr/bin:/bin' ${tar} ${own_base} && rm ${tar}",
      unless  => ["test ${base} != ${own_base}", "docker image inspect ${own_base}", $is_pushed],
      require => [Class['profile::node'], Class['profile::cache']];
    'sample app: image':
      command => shellquote('docker', 'build', '--build-arg', "BASE=${base}", '--tag', "${image}:${version}", '--tag', "${image}:latest", $folder),
      unless  => $is_pushed,
      require => Exec['sample app: a base of its own'];
    # The tag that is asked for goes last: where it is, all is.
    'sample app: into the registry':
      command     => "${docker} push --quiet ${image}:latest && ${docker} push --quiet ${image}:${version}",
      refreshonly => true,
      tries       => 10,
      try_sleep   => 2,
      subscribe   => Exec['sample app: image'];
  }

  # On the machine for Vagrant's user, if it is one of Vagrant's; in the folder of secrets for the laptop.
  $homes = find_file('/home/vagrant/.profile') ? {
    undef   => [],
    default => ['/home/vagrant/.netrc'],
  }
  $netrc = Sensitive(epp('profile/sample_app/netrc.epp', {
    'hosts'    => ['localhost', '127.0.0.1'] + profile::masters().map |$master| { $master['address'] },
    'password' => profile::secret('marathon-http').unwrap,
  }))

  file { "${lookup('secrets_folder')}/netrc":
    ensure    => file,
    mode      => '0600',
    show_diff => false,
    content   => $netrc,
  }

  file { $homes:
    ensure    => file,
    owner     => 'vagrant',
    group     => 'vagrant',
    mode      => '0600',
    show_diff => false,
    content   => $netrc,
  }
}
