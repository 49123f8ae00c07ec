import assert from 'node:assert/strict'
import type { RawClient } from './raw-client.ts'
import type { Script, ScriptedTask } from './scripted-task.ts'
import { request } from './stage.ts'

/** Begins an answer of chunks that is not meant to end at `/events`, and a long one elsewhere. */
export const beginsChunks: Script = ({ target }) => {
  const type = target === '/events' ? 'text/event-stream; charset=utf-8' : 'text/plain'
  return `HTTP/1.1 200 OK\r\nContent-Type: ${type}\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nfirst\r\n`
}

/**
 * An endless answer goes on for a while and is broken off, a long one comes to its end.
 *
 * @param task which answers by `beginsChunks`
 * @param leave after it, what is endless has its last time
 */
export async function endlessEndsLongGoesOn(
  client: () => RawClient,
  task: ScriptedTask,
  leave: () => Promise<void> | void
): Promise<void> {
  const [events, long] = [client(), client()]
  events.send(request('GET /events'))
  await events.until('first')
  long.send(request('GET /long'))
  await long.until('first')
  await leave()
  task.connections[0]?.socket.write('6\r\nsecond\r\n')
  await events.until('second')
  await events.closed
  assert.doesNotMatch(events.received(), /\r\n0\r\n/)
  task.connections[1]?.socket.write('0\r\n\r\n')
  assert.equal((await long.answer()).body, 'first')
}
