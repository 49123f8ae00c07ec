import { openFullLane } from '../support/front-door.ts'
import { upgradeCases } from './upgrades.cases.ts'

upgradeCases(openFullLane)
