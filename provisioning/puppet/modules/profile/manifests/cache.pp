# Where downloads are kept, so that no later run needs them again.
class profile::cache {
  $folder = '/var/cache/cluster'

  file { $folder:
    ensure => directory,
    owner  => 'root',
    group  => 'root',
    mode   => '0755',
  }
}
