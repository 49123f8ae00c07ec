import { hash } from 'node:crypto'
import type { Problem } from '../model/problem.ts'
import { NO_JSON, parseJson } from './answer.ts'
import { textsOf } from './app-text.ts'
import { listedTwice, parseApp } from './schema.ts'
import { splitApps } from './split-apps.ts'

/** What an answer says that the one before did not. */
export interface Difference {
  /** Of apps that are new or say something else, in the order of the answer. See `textsOf`. */
  readonly texts: readonly string[]
  /** Ids of apps that are no longer there. */
  readonly gone: readonly string[]
  /** Of entries that are no app, told each time. */
  readonly problems: readonly Problem[]
}

/** Remembers what the apps of the last answer said, to tell what another one says in addition. */
export interface AnswerMemory {
  /** @throws Error when the answer is no information; nothing is forgotten then */
  compare(answer: Buffer): Difference
  /** Everything is new next time. */
  forget(): void
}

interface Seen {
  readonly id: string
  /** Of what counts of the app. */
  readonly digest: string
}

interface Entry extends Seen {
  /** None: its bytes are those of the last answer. */
  readonly texts: readonly string[]
}

interface Unreadable {
  readonly problems: readonly Problem[]
}

/** What is known of an answer so far. */
interface Draft {
  readonly byBytes: Map<string, Seen>
  readonly byId: Map<string, string>
  readonly texts: string[]
  readonly problems: Problem[]
}

/**
 * Few apps of a large cluster change between two answers. Those whose bytes are the same are not even
 * parsed; others may still say the same of all that counts, such as after one more good health check.
 *
 * @param textLength about how long a text may be
 */
export function createAnswerMemory(source: string, textLength: number): AnswerMemory {
  /** By the digest of the bytes. */
  let byBytes: ReadonlyMap<string, Seen> = new Map()
  /** Digests by app id. */
  let byId: ReadonlyMap<string, string> = new Map()

  function compare(answer: Buffer): Difference {
    const ranges = splitApps(answer)
    if (typeof ranges === 'string') throw new Error(ranges)
    const draft: Draft = { byBytes: new Map(), byId: new Map(), texts: [], problems: [] }
    for (const [index, { start, end }] of ranges.entries()) {
      const bytes = answer.subarray(start, end)
      const key = hash('sha256', bytes, 'base64')
      const seen = byBytes.get(key)
      const entry = seen ? { ...seen, texts: [] } : readEntry(bytes, index)
      if ('id' in entry) add(draft, key, entry)
      else draft.problems.push(...entry.problems)
    }
    const gone = [...byId.keys()].filter((id) => !draft.byId.has(id))
    byBytes = draft.byBytes
    byId = draft.byId
    return { texts: draft.texts, gone, problems: draft.problems }
  }

  function add(draft: Draft, key: string, { id, digest, texts }: Entry): void {
    if (draft.byId.has(id)) {
      draft.problems.push(listedTwice(source, id))
      return
    }
    draft.byBytes.set(key, { id, digest })
    draft.byId.set(id, digest)
    if (byId.get(id) !== digest) draft.texts.push(...texts)
  }

  function readEntry(bytes: Buffer, index: number): Entry | Unreadable {
    const { app, problems } = parseApp(jsonOf(bytes), source, index)
    if (app === undefined) return { problems }
    const texts = textsOf({ app, problems }, textLength)
    return { id: app.id, digest: hash('sha256', texts.join(), 'base64'), texts }
  }

  return {
    compare,
    forget() {
      byBytes = new Map()
      byId = new Map()
    }
  }
}

/** @throws Error when it is none */
function jsonOf(bytes: Buffer): unknown {
  const value = parseJson(bytes)
  if (value === undefined) throw new Error(NO_JSON)
  return value
}
