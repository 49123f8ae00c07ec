import type { Problem } from '../model/problem.ts'

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
  /** More bytes of the answer, as sent. */
  | { readonly kind: 'take'; readonly answer: number; readonly bytes: Uint8Array }
  /** It is of no use. */
  | { readonly kind: 'drop'; readonly answer: number }
  /** It is complete. */
  | {
      readonly kind: 'read'
      readonly answer: number
      readonly packed: boolean
      readonly content: Content
      /** Of the list: all that is in it is news. */
      readonly anew: boolean
    }
  /** The last piece was taken in. */
  | { readonly kind: 'next'; readonly answer: number }

/** From the thread: pieces, one for each `next`, and the end. */
export type Report =
  | { readonly kind: 'piece'; readonly answer: number; readonly text: string }
  | { readonly kind: 'end'; readonly answer: number; readonly end: AnswerEnd }
  | { readonly kind: 'failed'; readonly answer: number; readonly reason: string }

export interface AnswerEnd {
  /** Of the answer, unpacked. */
  readonly bytes: number
  /** Ids of apps that are no longer there. */
  readonly gone: readonly string[]
  /** Of what is no app. */
  readonly problems: readonly Problem[]
}
