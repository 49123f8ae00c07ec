import { openFullLane } from '../support/front-door.ts'
import { ownAnswerCases } from './own-answers.cases.ts'

ownAnswerCases(openFullLane)
