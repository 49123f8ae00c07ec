import { describe } from 'node:test'
import { openFullLane, openWireLane } from '../support/front-door.ts'
import { fieldCases } from './fields.cases.ts'

describe('full lane', () => fieldCases(openFullLane))
describe('wire lane', () => fieldCases(openWireLane))
