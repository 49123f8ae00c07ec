/** Marathon's ids end in a UUID, before it `marathon-` or `instance-`, behind it what tells tasks of one instance apart. */
const WITH_UUID =
  /^(.+)\.(?:marathon-|instance-)?([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})(?:[._].*)?$/
const INCARNATION = /\._app\.\d+$/

/**
 * Equal for an instance and for each of its tasks, in every generation of ids (marathon-api §8):
 * `app.<uuid>` up to 1.7 with instances `app.marathon-<uuid>`, and since 1.8 `app.instance-<uuid>`
 * with tasks `app.instance-<uuid>._app.<n>`.
 */
export function instanceKeyOf(id: string): string {
  const match = WITH_UUID.exec(id)
  if (match === null) return id.replace(INCARNATION, '')
  return `${match[1]}.${match[2]}`
}
