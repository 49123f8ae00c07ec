import { describe } from 'node:test'
import { openFullLane, openWireLane } from '../support/front-door.ts'
import { holdCases, newsCases } from './hold.cases.ts'

describe('full lane', () => {
  holdCases(openFullLane)
  newsCases(openFullLane)
})
describe('wire lane', () => {
  holdCases(openWireLane)
  newsCases(openWireLane)
})
