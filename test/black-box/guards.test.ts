import { openFullLane } from '../support/front-door.ts'
import { guardCases } from './guards.cases.ts'

guardCases(openFullLane)
