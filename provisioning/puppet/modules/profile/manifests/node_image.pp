# A base for images without any download: this machine's Node with the libraries it is linked with,
# and nothing besides, no shell either. In this machine's Docker only.
class profile::node_image {
  include profile::cache
  include profile::node

  $image = "cluster/node:${profile::node::node['version']}"
  $tar = "${profile::cache::folder}/node-image.tar"
  # The paths that ldd prints, and the program itself, which goes where Docker's images have it.
  $members = "$(ldd ${profile::node::program} | grep --only-matching '/[^ ]*') ${profile::node::program}"
  $archive = "tar --create --file ${tar} --dereference --absolute-names --transform 's,.*/bin/node$,/usr/local/bin/node,' ${members}"
  $import = "docker import --change 'ENV PATH=/usr/local/bin:/usr/bin:/bin' ${tar} ${image}"

  exec { "image ${image}":
    command  => "${archive} && ${import} && rm ${tar}",
    unless   => "docker image inspect ${image}",
    path     => ['/usr/bin', '/bin'],
    provider => shell,
    require  => [Class['profile::cache'], Class['profile::docker'], Class['profile::node']],
  }
}
