# npm in a pinned version, for builds only.
class profile::npm {
  $npm = lookup('npm')
  $program = "/opt/npm/${npm['version']}/bin/npm-cli.js"

  profile::unpacked { "/opt/npm/${npm['version']}":
    url     => $npm['url'],
    sha256  => $npm['sha256'],
    creates => $program,
  }
}
