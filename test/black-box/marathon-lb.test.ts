import { openFullLane } from '../support/front-door.ts'
import { marathonLbCases } from './marathon-lb.cases.ts'

marathonLbCases(openFullLane)
