import { describe } from 'node:test'
import { openFullLane, openWireLane } from '../support/front-door.ts'
import { holdCases } from './hold.cases.ts'

describe('full lane', () => holdCases(openFullLane))
describe('wire lane', () => holdCases(openWireLane))
