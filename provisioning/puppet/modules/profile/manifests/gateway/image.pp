# The gateway as an image in the cluster's registry, for copies of it on the agents: the same release
# that the unit runs, on a base with the same Node.
class profile::gateway::image {
  include profile::gateway::package
  include profile::node_image

  $dockerfile = '/opt/marathon-gateway/Dockerfile'

  file { $dockerfile:
    ensure => file,
    owner  => 'root',
    group  => 'root',
    mode   => '0644',
    source => 'puppet:///modules/profile/gateway/Dockerfile',
  }

  profile::image { 'marathon-gateway':
    version    => sha256("${profile::gateway::package::release} ${profile::node_image::image}")[0, 16],
    context    => $profile::gateway::package::release,
    dockerfile => $dockerfile,
    base       => $profile::node_image::image,
    require    => [File[$dockerfile], Class['profile::gateway::package'], Class['profile::node_image']],
  }
}
