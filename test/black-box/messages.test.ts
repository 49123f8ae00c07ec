import { describe } from 'node:test'
import { openFullLane, openWireLane } from '../support/front-door.ts'
import { messageCases } from './messages.cases.ts'

describe('full lane', () => messageCases(openFullLane))
describe('wire lane', () => messageCases(openWireLane))
