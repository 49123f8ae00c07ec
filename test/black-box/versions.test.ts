import { describe } from 'node:test'
import { openFullLane, openWireLane } from '../support/front-door.ts'
import { versionCases } from './versions.cases.ts'

describe('full lane', () => versionCases(openFullLane))
describe('wire lane', () => versionCases(openWireLane))
