import type { Ending } from './answer-memory.ts'

/** What a thread that reads large answers is started with. */
export interface ThreadData {
  readonly source: string
  /** Longest answer, unpacked. */
  readonly maxBytes: number
}

/** The whole list of apps, or one app alone. */
export type Content = 'all' | 'one'

/** To the thread. Each answer has a number. */
export type Order =
  /** An answer begins. */
  | {
      readonly kind: 'open'
      readonly answer: number
      /** Its bytes are gzip. */
      readonly packed: boolean
      readonly content: Content
      /** Of the list: all that is in it is news. */
      readonly anew: boolean
    }
  /** More bytes of it, as sent. */
  | { readonly kind: 'take'; readonly answer: number; readonly bytes: Uint8Array }
  /** It is complete. */
  | { readonly kind: 'end'; readonly answer: number }
  /** It is of no use. */
  | { readonly kind: 'drop'; readonly answer: number }
  /** The last piece was taken in. */
  | { readonly kind: 'next'; readonly answer: number }

/** From the thread: a piece as soon as there is one, one more for each `next`, and the end. */
export type Report =
  | { readonly kind: 'piece'; readonly answer: number; readonly text: string }
  | { readonly kind: 'end'; readonly answer: number; readonly end: AnswerEnd }
  | { readonly kind: 'failed'; readonly answer: number; readonly reason: string }

export interface AnswerEnd extends Ending {
  /** Of the answer, unpacked. */
  readonly bytes: number
}
