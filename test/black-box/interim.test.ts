import { describe } from 'node:test'
import { openFullLane, openWireLane } from '../support/front-door.ts'
import { interimCases } from './interim.cases.ts'

describe('full lane', () => interimCases(openFullLane))
describe('wire lane', () => interimCases(openWireLane))
