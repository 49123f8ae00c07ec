# Builds a release of the gateway from its repository: installs by the lock file, compiles, drops what
# only the build needs. The folder appears whole or not at all. Scripts of packages are not run.
#
# @param repository folder with the sources; it is only read
# @param sources files and folders of it that a release is made from
define profile::gateway::build (
  String[1] $repository,
  Array[String[1], 1] $sources,
) {
  include profile::cache
  include profile::node
  include profile::npm

  $part = "${title}.part"
  $npm = "${profile::node::program} ${profile::npm::program}"

  exec {
    default:
      creates     => "${title}/dist/cli/main.js",
      path        => [$profile::node::bin, '/usr/bin', '/bin'],
      cwd         => $part,
      umask       => '022',
      timeout     => 900,
      environment => [
        'HOME=/root',
        # Node has authorities of its own; this machine's may know one more.
        'NODE_EXTRA_CA_CERTS=/etc/ssl/certs/ca-certificates.crt',
        "npm_config_cache=${profile::cache::folder}/npm",
        'npm_config_ignore_scripts=true',
        'npm_config_loglevel=error',
        "npm_config_registry=${lookup('npm.registry')}",
        'npm_config_update_notifier=false',
      ];
    "build ${title}: an empty folder":
      command => "rm -rf ${part} ${title}",
      cwd     => '/',
      require => [Class['profile::node'], Class['profile::npm'], Class['profile::cache']];
    "build ${title}: its folder":
      command => "mkdir ${part}",
      cwd     => '/',
      require => Exec["build ${title}: an empty folder"];
    "build ${title}: the sources":
      command => shellquote(['cp', '--recursive'] + $sources + [$part]),
      cwd     => $repository,
      require => Exec["build ${title}: its folder"];
    "build ${title}: packages of the lock file":
      command => "${npm} ci --include=dev",
      require => Exec["build ${title}: the sources"];
    "build ${title}: compile":
      command => "${npm} run --silent build",
      require => Exec["build ${title}: packages of the lock file"];
    "build ${title}: only what runs stays":
      command => "${npm} prune --omit=dev",
      require => Exec["build ${title}: compile"];
    "build ${title}: into place":
      command => "mv -T ${part} ${title}",
      cwd     => '/',
      require => Exec["build ${title}: only what runs stays"];
  }
}
