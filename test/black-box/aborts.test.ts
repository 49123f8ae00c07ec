import { describe } from 'node:test'
import { openFullLane, openWireLane } from '../support/front-door.ts'
import { abortCases } from './aborts.cases.ts'

describe('full lane', () => abortCases(openFullLane))
describe('wire lane', () => abortCases(openWireLane))
