import { describe } from 'node:test'
import { openFullLane, openWireLane } from '../support/front-door.ts'
import { streamCases } from './streams.cases.ts'

describe('full lane', () => streamCases(openFullLane))
describe('wire lane', () => streamCases(openWireLane))
