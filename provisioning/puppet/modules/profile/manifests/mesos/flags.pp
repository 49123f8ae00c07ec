# The flags of one Mesos daemon, a file each in the folder of the title; a file that is no flag of ours goes.
#
# @param flags name to value; a name with a slash is one entry of a flag that holds several (resources/ports)
# @param service the daemon that is restarted when a flag changes
define profile::mesos::flags (
  Hash[String[1], String] $flags,
  String[1] $service,
  Array[String[1]] $folders = [],
) {
  file {
    default:
      owner  => 'root',
      group  => 'root',
      notify => Service[$service];
    $title:
      ensure  => directory,
      mode    => '0755',
      recurse => true,
      purge   => true,
      force   => true;
    $folders.map |$folder| { "${title}/${folder}" }:
      ensure => directory,
      mode   => '0755';
  }

  $flags.each |$name, $value| {
    file { "${title}/${name}":
      ensure  => file,
      owner   => 'root',
      group   => 'root',
      mode    => '0644',
      content => "${value}\n",
      notify  => Service[$service],
    }
  }
}
