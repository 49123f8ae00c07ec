import { describe } from 'node:test'
import { openFullLane, openWireLane } from '../support/front-door.ts'
import { upgradeCases } from './upgrades.cases.ts'

describe('full lane', () => upgradeCases(openFullLane))
describe('wire lane', () => upgradeCases(openWireLane))
