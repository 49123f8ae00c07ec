import { after } from 'node:test'
import {
  createUpstreamClient,
  defaultUpstreamSettings,
  type UpstreamClient,
  type UpstreamSettings
} from '../../src/gateway/http/upstream/upstream-client.ts'
import { type RawConnection, type RawTask, startRawTask } from './raw-task.ts'

/** A client that is destroyed when the test file is over. */
export function testClient(changes: Partial<UpstreamSettings> = {}): UpstreamClient {
  const client = createUpstreamClient({ ...defaultUpstreamSettings, ...changes })
  after(() => client.destroy())
  return client
}

/** A task that is closed when the test file is over. */
export async function testTask(
  onData?: (connection: RawConnection, piece: Buffer) => void,
  options?: { readonly paused?: boolean }
): Promise<RawTask> {
  const task = await startRawTask(onData, options)
  after(() => task.close())
  return task
}

/** A task that says the next of these answers to each complete bodyless request, the last one for ever. */
export function scriptedTask(...answers: readonly (string | Reaction)[]): Promise<RawTask> {
  let told = 0
  return testTask((connection) => {
    if (!connection.received().endsWith('\r\n\r\n')) return
    connection.clear()
    const answer = answers[Math.min(told++, answers.length - 1)] ?? ''
    if (typeof answer === 'string') connection.socket.write(answer, 'latin1')
    else answer(connection)
  })
}

export type Reaction = (connection: RawConnection) => void

/** Closes with RST. */
export const reset: Reaction = ({ socket }) => void socket.resetAndDestroy()

/** Says the text, then FIN. */
export const sayAndClose =
  (text: string): Reaction =>
  ({ socket }) =>
    void socket.end(text, 'latin1')

/** Says the text, then RST once it has left. */
export const sayAndReset =
  (text: string): Reaction =>
  ({ socket }) => {
    socket.write(text, 'latin1', () => setTimeout(() => socket.resetAndDestroy(), 50))
  }

export const silent: Reaction = () => undefined
