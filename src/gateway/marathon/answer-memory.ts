import { hash } from 'node:crypto'
import type { Problem } from '../model/problem.ts'
import { NO_JSON, parseJson } from './answer.ts'
import { textsOf } from './app-text.ts'
import { listedTwice, parseApp } from './schema.ts'
import { createAppSplitter } from './split-apps.ts'

/** Remembers what the apps of the last answer said, to tell what another one says in addition. */
export interface AnswerMemory {
  /**
   * Begins with an answer. One that is not read to its end is forgotten.
   *
   * @param anew all that is in it is news
   */
  read(anew: boolean): AnswerReading
}

/** An answer that comes bit by bit. */
export interface AnswerReading {
  /**
   * @returns of apps that are new or say something else, in the order of the answer; see `textsOf`
   * @throws Error when the answer is no information
   */
  take(bytes: Buffer): readonly string[]
  /** @throws Error when the answer is no information */
  end(): Ending
}

export interface Ending {
  /** Ids of apps that are no longer there. */
  readonly gone: readonly string[]
  /** Of entries that are no app, told each time. */
  readonly problems: readonly Problem[]
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

/** What is known of an answer. */
interface Known {
  /** By the digest of the bytes. */
  readonly byBytes: Map<string, Seen>
  /** Digests by app id. */
  readonly byId: Map<string, string>
}

/**
 * Few apps of a large cluster change between two answers. Those whose bytes are the same are not even
 * parsed; others may still say the same of all that counts, such as after one more good health check.
 *
 * @param textLength about how long a text may be
 */
export function createAnswerMemory(source: string, textLength: number): AnswerMemory {
  let last = nothingKnown()

  function read(anew: boolean): AnswerReading {
    const before = anew ? nothingKnown() : last
    const known = nothingKnown()
    const problems: Problem[] = []
    const splitter = createAppSplitter()
    let count = 0

    /** @returns what is news */
    function take(bytes: Buffer): readonly string[] {
      const index = count++
      const key = hash('sha256', bytes, 'base64')
      const seen = before.byBytes.get(key)
      const entry = seen ? { ...seen, texts: [] } : readEntry(bytes, index)
      if (!('id' in entry)) {
        problems.push(...entry.problems)
        return []
      }
      const { id, digest, texts } = entry
      if (known.byId.has(id)) {
        problems.push(listedTwice(source, id))
        return []
      }
      known.byBytes.set(key, { id, digest })
      known.byId.set(id, digest)
      return before.byId.get(id) === digest ? [] : texts
    }

    return {
      take: (bytes) => [...splitter.push(bytes)].flatMap(take),
      end() {
        splitter.end()
        last = known
        return { gone: [...before.byId.keys()].filter((id) => !known.byId.has(id)), problems }
      }
    }
  }

  function readEntry(bytes: Buffer, index: number): Entry | Unreadable {
    const { app, problems } = parseApp(jsonOf(bytes), source, index)
    if (app === undefined) return { problems }
    const texts = textsOf({ app, problems }, textLength)
    return { id: app.id, digest: hash('sha256', texts.join(), 'base64'), texts }
  }

  return { read }
}

function nothingKnown(): Known {
  return { byBytes: new Map(), byId: new Map() }
}

/** @throws Error when it is none */
function jsonOf(bytes: Buffer): unknown {
  const value = parseJson(bytes)
  if (value === undefined) throw new Error(NO_JSON)
  return value
}
