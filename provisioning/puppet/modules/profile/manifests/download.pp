# Fetches one file and keeps it only when its SHA-256 is the one that was expected. Fetches again
# only when the file is missing or differs, so a second run needs no network. Without a SHA-256 it
# is fetched once and taken as it is.
#
# @param url where it is; an absolute path is a file on this machine
# @param sha256 what its content must add up to, in hexadecimal; undef: anything
# @param path where it is kept
define profile::download (
  String[1] $url,
  Optional[Pattern[/\A\h{64}\z/]] $sha256 = undef,
  String[1] $path = $title,
) {
  include profile::cache

  $source = $url ? {
    /\A\//  => "file://${url}",
    default => $url,
  }
  $part = shellquote("${path}.part")
  $whole = shellquote($path)
  $fetch = "curl --fail --silent --show-error --location --retry 5 --output ${part} ${shellquote($source)}"
  $check = $sha256 ? {
    undef   => "test -s ${part}",
    default => "echo '${sha256} ' ${part} | sha256sum --check --quiet",
  }
  $is_there = $sha256 ? {
    undef   => "test -s ${whole}",
    default => "echo '${sha256} ' ${whole} | sha256sum --check --status",
  }

  exec { "download ${path}":
    command  => "${fetch} && ${check} && mv ${part} ${whole}",
    unless   => $is_there,
    path     => ['/usr/bin', '/bin'],
    provider => shell,
    timeout  => 1800,
    require  => [Package['curl'], Class['profile::cache']],
  }
}
