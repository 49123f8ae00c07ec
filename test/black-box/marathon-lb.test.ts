import { describe } from 'node:test'
import { openFullLane, openWireLane } from '../support/front-door.ts'
import { marathonLbCases } from './marathon-lb.cases.ts'

describe('full lane', () => marathonLbCases(openFullLane))
describe('wire lane', () => marathonLbCases(openWireLane))
