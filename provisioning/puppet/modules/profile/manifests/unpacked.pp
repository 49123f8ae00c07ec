# A folder from an archive whose members lie in one folder of their own (`package/…`, `node-v22…/…`).
# It appears at once, whole, and is left alone from then on: another version is another folder.
#
# @param url where the archive is; an absolute path is a file on this machine
# @param creates a file that the archive brings, as a sign that it is unpacked
# @param sha256 what the archive must add up to; undef: anything
# @param members which members are taken; empty: all
# @param strip how many leading folders of the members' names are dropped
define profile::unpacked (
  String[1] $url,
  String[1] $creates,
  Optional[String[1]] $sha256 = undef,
  Array[String[1]] $members = [],
  Integer[0] $strip = 1,
) {
  include profile::cache

  $archive = "${profile::cache::folder}/${regsubst($title, '\W+', '-', 'G')}.archive"
  $part = "${title}.part"
  $wildcards = $members ? {
    []      => [],
    default => ['--wildcards'] + $members,
  }
  $tar = ['tar', '--extract', '--file', $archive, '--directory', $part, "--strip-components=${strip}", '--no-same-owner'] + $wildcards

  profile::download { $archive:
    url    => $url,
    sha256 => $sha256,
  }

  exec { "unpack ${title}":
    command  => "rm -rf ${part} ${title} && mkdir -p ${part} && ${shellquote($tar)} && mv -T ${part} ${title}",
    creates  => $creates,
    path     => ['/usr/bin', '/bin'],
    provider => shell,
    umask    => '022',
    require  => Profile::Download[$archive],
  }
}
