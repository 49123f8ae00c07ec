import { openFullLane } from '../support/front-door.ts'
import { streamCases } from './streams.cases.ts'

streamCases(openFullLane)
