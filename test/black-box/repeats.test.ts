import { openFullLane } from '../support/front-door.ts'
import { repeatCases } from './repeats.cases.ts'

repeatCases(openFullLane)
