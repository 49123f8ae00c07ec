import { laneCase } from '../../support/lane-cases.ts'
import { malformedCases } from '../../support/malformed-cases.ts'

/** Longer ones cost much and add nothing: limits have tests of their own. */
const LONGEST = 4000
/** Of those that the black-box tests make. */
const MADE = 300

/** What is mutated: the cases of `test/security`, and messages as the lanes are compared with. */
export const fuzzMessages: readonly string[] = [
  ...malformedCases.map(({ segs }) => segs.join('')),
  ...Array.from({ length: MADE }, (_, seed) => laneCase(seed, 'myapp.local').pieces.join(''))
].filter((bytes) => bytes.length <= LONGEST)
