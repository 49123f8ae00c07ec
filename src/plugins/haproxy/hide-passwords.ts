/** A user of a `userlist`: what follows is a hash, or the password itself. `+` and `-` mark differences. */
const USER = /^([ \t]*[+-]?\s*user\s+\S+\s+(?:insecure-)?password\s+)\S+/gm
/** Of the statistics page; never ours, but files of others may have it. */
const STATS_AUTH = /^([ \t]*[+-]?\s*stats\s+auth\s+[^:\s]+:)\S+/gm

/** A text of haproxy.cfg that may be shown: without passwords and their hashes. */
export function withoutPasswords(text: string): string {
  return text.replace(USER, '$1(hidden)').replace(STATS_AUTH, '$1(hidden)')
}
