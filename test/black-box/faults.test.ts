import { describe } from 'node:test'
import { openFullLane, openWireLane } from '../support/front-door.ts'
import { faultCases } from './faults.cases.ts'

describe('full lane', () => faultCases(openFullLane))
describe('wire lane', () => faultCases(openWireLane))
