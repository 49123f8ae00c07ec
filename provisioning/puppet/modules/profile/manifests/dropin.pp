# What the cluster adds to a unit that a package brought: /etc/systemd/system/TITLE.service.d/cluster.conf.
#
# @param source where the text is; the unit's service is restarted when it changes
define profile::dropin (String[1] $source) {
  file { "/etc/systemd/system/${title}.service.d":
    ensure => directory,
    owner  => 'root',
    group  => 'root',
    mode   => '0755',
  }

  file { "/etc/systemd/system/${title}.service.d/cluster.conf":
    ensure => file,
    owner  => 'root',
    group  => 'root',
    mode   => '0644',
    source => $source,
    notify => Service[$title],
  }
}
