import { describe } from 'node:test'
import { openFullLane, openWireLane } from '../support/front-door.ts'
import { ownAnswerCases } from './own-answers.cases.ts'

describe('full lane', () => ownAnswerCases(openFullLane))
describe('wire lane', () => ownAnswerCases(openWireLane))
