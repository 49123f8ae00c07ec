# Node in a pinned version under /opt, since the guests' Debian has an older one. It is not put on the
# path: units and builds name the program they mean.
class profile::node {
  $node = lookup('node')
  $folder = "/opt/node/${node['version']}"
  $bin = "${folder}/bin"
  $program = "${bin}/node"

  # npm's package of Node and nodejs.org's archive both hold one folder with bin/node in it.
  profile::unpacked { $folder:
    url     => $node['url'],
    sha256  => $node['sha256'],
    members => ['*/bin/node', '*/LICENSE'],
    creates => $program,
  }
}
