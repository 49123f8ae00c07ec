import { describe } from 'node:test'
import { openFullLane, openWireLane } from '../support/front-door.ts'
import { guardCases } from './guards.cases.ts'

describe('full lane', () => guardCases(openFullLane))
describe('wire lane', () => guardCases(openWireLane))
