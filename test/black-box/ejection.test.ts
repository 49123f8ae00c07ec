import { describe } from 'node:test'
import { openFullLane, openWireLane } from '../support/front-door.ts'
import { ejectionCases } from './ejection.cases.ts'

describe('full lane', () => ejectionCases(openFullLane))
describe('wire lane', () => ejectionCases(openWireLane))
