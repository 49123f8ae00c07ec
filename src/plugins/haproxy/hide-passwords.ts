/** A user of a `userlist`: what follows is a hash, or the password itself. */
const USER = /^(\s*user\s+\S+\s+(?:insecure-)?password\s+)\S+/gm

/** A text of haproxy.cfg that may be shown: without passwords and their hashes. */
export function withoutPasswords(text: string): string {
  return text.replace(USER, '$1(hidden)')
}
