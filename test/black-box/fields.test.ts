import { openFullLane } from '../support/front-door.ts'
import { fieldCases } from './fields.cases.ts'

fieldCases(openFullLane)
