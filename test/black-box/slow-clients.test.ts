import { describe } from 'node:test'
import { openFullLane, openWireLane } from '../support/front-door.ts'
import { slowClientCases } from './slow-clients.cases.ts'

describe('full lane', () => slowClientCases(openFullLane))
describe('wire lane', () => slowClientCases(openWireLane))
