import { type RawConnection, type RawTask, startRawTask } from './raw-task.ts'
import { readStrictly, type StrictRequest } from './strict-request-reader.ts'

/** A task that records whole requests, strictly read, and answers each with bytes. */
export interface ScriptedTask extends RawTask {
  readonly port: number
  readonly requests: readonly StrictRequest[]
  /** The bytes of each request in `requests`, Latin-1. */
  readonly bytes: readonly string[]
}

/** The answer to one request; undefined: none, the test speaks for itself. */
export type Script = (request: StrictRequest, connection: RawConnection) => string | undefined

export const OK = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok'

/** @param script what to answer; `200 ok` by default */
export async function startScriptedTask(script: string | Script = OK): Promise<ScriptedTask> {
  const requests: StrictRequest[] = []
  const bytes: string[] = []
  const tunnels = new Set<RawConnection>()
  const task = await startRawTask((connection) => {
    if (tunnels.has(connection)) return
    const received = connection.received()
    const { requests: whole, fault } = readStrictly(received)
    if (fault !== undefined) throw new Error(`the task got ${fault}`)
    const [request] = whole
    if (request === undefined) return
    connection.clear()
    requests.push(request)
    bytes.push(received)
    const answer = typeof script === 'string' ? script : script(request, connection)
    if (answer?.startsWith('HTTP/1.1 101 ')) tunnels.add(connection)
    if (answer !== undefined) connection.socket.write(answer, 'latin1')
  })
  return { ...task, port: task.endpoint.port, requests, bytes }
}
