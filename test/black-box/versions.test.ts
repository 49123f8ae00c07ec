import { openFullLane } from '../support/front-door.ts'
import { versionCases } from './versions.cases.ts'

versionCases(openFullLane)
