import { type Agent, get } from 'node:http'

/** What came of one request through the front door. */
export interface DoorAnswer {
  /** 0: none came, and `text` says why. */
  readonly status: number
  readonly text: string
  /** Of the task that answered: `steady-1.instance-…`. */
  readonly task: string | undefined
  /** The gateway's own code, if the answer is its own. */
  readonly code: string | undefined
  /** `performance.now()` when it was sent and when it was answered. */
  readonly sentAt: number
  readonly answeredAt: number
}

/** Only against hangs. */
const HANG_MS = 30_000

/** Never rejects. Without an agent the connection is a new one and ends with the answer. */
export function askDoor(port: number, host: string, agent?: Agent): Promise<DoorAnswer> {
  const sentAt = performance.now()
  return new Promise((resolve) => {
    const end = (status: number, text: string) => {
      resolve({
        status,
        text: text.slice(0, 200),
        task: status === 200 ? /\(task ([^)]+)\)/.exec(text)?.[1] : undefined,
        code: status === 200 ? undefined : /GW_[A-Z_]+/.exec(text)?.[0],
        sentAt,
        answeredAt: performance.now()
      })
    }
    const options = { port, host: '127.0.0.1', headers: { host }, agent: agent ?? false }
    const request = get(options, (answer) => {
      let text = ''
      answer.setEncoding('utf8').on('data', (piece: string) => {
        text += piece
      })
      answer.on('end', () => end(answer.statusCode ?? 0, text))
      answer.on('error', (error) => end(0, error.message))
    })
    request.setTimeout(HANG_MS, () => request.destroy(new Error('no answer')))
    request.on('error', (error) => end(0, error.message))
  })
}

/** Whether the answer is of a task of this app. Task ids begin with the app's name. */
export function isOf({ task }: DoorAnswer, app: string): boolean {
  return task?.startsWith(`${app}.`) === true
}
