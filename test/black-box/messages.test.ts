import { openFullLane } from '../support/front-door.ts'
import { messageCases } from './messages.cases.ts'

messageCases(openFullLane)
