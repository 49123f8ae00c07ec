# Fetches one file and keeps it only when its SHA-256 is the one that was expected. Fetches again
# only when the file is missing or differs, so a second run needs no network.
#
# @param url where it is; an absolute path is a file on this machine
# @param sha256 what its content must add up to, in hexadecimal
# @param path where it is kept
define profile::download (
  String[1] $url,
  Pattern[/\A\h{64}\z/] $sha256,
  String[1] $path = $title,
) {
  $source = $url ? {
    /\A\//  => "file://${url}",
    default => $url,
  }
  $part = "${path}.part"
  $fetch = shellquote('curl', '--fail', '--silent', '--show-error', '--location', '--retry', '5', '--output', $part, $source)
  $keep = shellquote('mv', $part, $path)

  exec { "download ${path}":
    command  => "${fetch} && echo '${sha256}  ${part}' | sha256sum --check --quiet && ${keep}",
    unless   => "echo '${sha256}  ${path}' | sha256sum --check --status",
    path     => ['/usr/bin', '/bin'],
    provider => shell,
    timeout  => 1800,
    require  => Package['curl'],
  }
}
