/** Says whether a ZooKeeper URL, given on standard input, lets one read: `read` or `refused`. */
import { text } from 'node:stream/consumers'
import { zookeeperAddress } from './address.ts'
import { openSession } from './session.ts'

/** A server that closes the connection of strangers gives no other answer. */
const PATIENCE_MS = 6_000

function end(word: 'read' | 'refused'): never {
  process.stdout.write(`${word}\n`)
  process.exit(0)
}

// The client knows no code for "say who you are", and throws where nobody can catch it.
process.on('uncaughtException', () => end('refused'))
const address = zookeeperAddress(await text(process.stdin))
const session = openSession(address, () => end('refused'))
setTimeout(() => end('refused'), PATIENCE_MS)
session.children(address.path).then(
  () => end('read'),
  () => end('refused')
)
