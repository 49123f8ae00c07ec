import { describe } from 'node:test'
import { openFullLane, openWireLane } from '../support/front-door.ts'
import { drainCases } from './drain.cases.ts'

describe('full lane', () => drainCases(openFullLane))
describe('wire lane', () => drainCases(openWireLane))
