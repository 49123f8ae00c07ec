import { openFullLane } from '../support/front-door.ts'
import { interimCases } from './interim.cases.ts'

interimCases(openFullLane)
