import { request } from 'undici'

/** One difference between two readings of a gateway's table. */
export interface TableEvent {
  /** Since the test began. */
  readonly seconds: number
  readonly text: string
}

/** Routes and tasks of a table, each by a line that says it. */
export type TableLines = ReadonlySet<string>

export interface TableWatch {
  readonly events: readonly TableEvent[]
  /** Reads a last time. */
  stop(): Promise<void>
}

const EVERY_MS = 500
const LIMIT_MS = 10_000

/**
 * Reads `/routes` of an admin side again and again, and notes what changed.
 *
 * @param token for an admin side that asks for one; empty: none
 * @throws Error when it can't be read at the beginning
 */
export async function watchTable(admin: URL, token: string): Promise<TableWatch> {
  const began = performance.now()
  const events: TableEvent[] = []
  const note = (text: string) => events.push({ seconds: (performance.now() - began) / 1000, text })
  const first = await readRoutes(admin, token, '')
  if (first === 'same') throw new Error('the admin side gave no table')
  let { tag, lines } = first
  let failing = false
  const look = async () => {
    try {
      const next = await readRoutes(admin, token, tag)
      if (failing) note('the admin side answers again')
      failing = false
      if (next === 'same') return
      for (const line of changesBetween(lines, next.lines)) note(line)
      tag = next.tag
      lines = next.lines
    } catch (error) {
      if (!failing) note(`the admin side can't be read: ${(error as Error).message}`)
      failing = true
    }
  }
  let looking = Promise.resolve()
  const timer = setInterval(() => {
    looking = looking.then(look)
  }, EVERY_MS)
  return {
    events,
    async stop() {
      clearInterval(timer)
      await looking
      await look()
    }
  }
}

/** What `/routes` says, as lines that can be compared; unknown shapes give none. */
export function tableLines(body: unknown): TableLines {
  const lines = new Set<string>()
  for (const route of listIn(body, 'routes')) {
    const match = Object(Reflect.get(Object(route), 'match'))
    const where = `${textIn(match, 'host') || '*'}${textIn(match, 'path')}`
    lines.add(`route ${where}`)
    for (const service of listIn(route, 'services')) {
      for (const endpoint of listIn(service, 'endpoints')) {
        const task = textIn(endpoint, 'taskId') || textIn(endpoint, 'id')
        const leaving = Reflect.get(Object(endpoint), 'lastResort') === true ? ', last resort' : ''
        lines.add(`task ${task} of ${textIn(service, 'id')}${leaving}`)
      }
    }
  }
  return lines
}

/** `+` for what came, `-` for what went. */
export function changesBetween(before: TableLines, after: TableLines): string[] {
  const came = [...after].filter((line) => !before.has(line)).map((line) => `+ ${line}`)
  const went = [...before].filter((line) => !after.has(line)).map((line) => `- ${line}`)
  return [...went, ...came]
}

async function readRoutes(admin: URL, token: string, tag: string) {
  const answer = await request(new URL('/routes', admin), {
    headers: {
      ...(tag !== '' && { 'if-none-match': tag }),
      ...(token !== '' && { authorization: `Bearer ${token}` })
    },
    headersTimeout: LIMIT_MS,
    bodyTimeout: LIMIT_MS
  })
  if (answer.statusCode === 304) {
    await answer.body.dump()
    return 'same'
  }
  const text = await answer.body.text()
  if (answer.statusCode !== 200) throw new Error(`/routes is ${answer.statusCode}`)
  return { tag: String(answer.headers['etag'] ?? ''), lines: tableLines(JSON.parse(text)) }
}

function listIn(value: unknown, key: string): unknown[] {
  const list: unknown = Reflect.get(Object(value), key)
  return Array.isArray(list) ? list : []
}

function textIn(value: unknown, key: string): string {
  const text: unknown = Reflect.get(Object(value), key)
  return typeof text === 'string' ? text : ''
}
