import { describe } from 'node:test'
import { openFullLane, openWireLane } from '../support/front-door.ts'
import { repeatCases } from './repeats.cases.ts'

describe('full lane', () => repeatCases(openFullLane))
describe('wire lane', () => repeatCases(openWireLane))
