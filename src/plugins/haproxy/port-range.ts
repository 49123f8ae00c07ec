import Type, { type TString } from 'typebox'
import { isPort } from './render/words.ts'

const RANGE = /^([0-9]{1,5})-([0-9]{1,5})$/

/** Schema of a range of ports such as `10000-20000`, both ends included. The value stays the text. */
export function PortRange(options: {
  readonly default: string
  readonly description: string
}): TString {
  const schema = Type.String({
    pattern: RANGE.source,
    expected: 'a range of ports such as 10000-20000, within 1-65535',
    ...options
  })
  return Type.Refine(schema, (text: string) => portRangeOf(text) !== undefined)
}

/** Undefined when the text is no such range. */
export function portRangeOf(text: string): readonly [low: number, high: number] | undefined {
  const [, low, high] = (RANGE.exec(text) ?? []).map(Number)
  if (low === undefined || high === undefined || !isPort(low) || !isPort(high)) return undefined
  return low <= high ? [low, high] : undefined
}
