# An image in the cluster's registry as NAME:latest and NAME:VERSION: built and pushed only when the
# registry has no NAME:VERSION.
#
# @param version what it is built from, as a digest
# @param context folder that is sent to Docker
# @param base image that it begins with, the build argument BASE; one of Docker's or one made before
# @param dockerfile path of its Dockerfile
define profile::image (
  Pattern[/\A[a-z0-9]+\z/] $version,
  String[1] $context,
  String[1] $base,
  String[1] $dockerfile = "${context}/Dockerfile",
) {
  $image = "${profile::masters()[0]['address']}:${lookup('ports.registry')}/${title}"
  $docker = 'docker --config /etc/docker/cluster'
  $tags = ['--tag', "${image}:${version}", '--tag', "${image}:latest"]
  $build = ['docker', 'build', '--quiet', '--build-arg', "BASE=${base}", '--file', $dockerfile] + $tags + [$context]

  exec {
    default:
      path     => ['/usr/bin', '/bin'],
      provider => shell,
      timeout  => 900;
    "image ${title}: build":
      command => shellquote($build),
      unless  => "${docker} manifest inspect ${image}:${version}",
      require => [Class['profile::docker'], Class['profile::registry::client']];
    # The tag that is asked for goes last: where it is, all is.
    "image ${title}: push":
      command     => "${docker} push --quiet ${image}:latest && ${docker} push --quiet ${image}:${version}",
      refreshonly => true,
      tries       => 10,
      try_sleep   => 2,
      subscribe   => Exec["image ${title}: build"];
  }
}
