import { describe } from 'node:test'
import { openFullLane, openWireLane } from '../support/front-door.ts'
import { faultyPluginCases } from './faulty-plugins.cases.ts'

describe('full lane', () => faultyPluginCases(openFullLane))
describe('wire lane', () => faultyPluginCases(openWireLane))
