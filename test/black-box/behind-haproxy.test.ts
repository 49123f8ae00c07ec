import { openBehindHaproxy } from '../support/both-planes.ts'
import { withoutHaproxy } from '../support/haproxy.ts'
import { haproxyIsBefore } from '../support/rendered-haproxy.ts'
import { repeatCases } from './repeats.cases.ts'
import { clientGoneCases, taskGoneCases } from './streams.cases.ts'

// The full lane behind a real HAProxy: what matters most when somebody goes away.
if (withoutHaproxy === false) {
  repeatCases(openBehindHaproxy)
  clientGoneCases(openBehindHaproxy, { isSilent: !haproxyIsBefore('3.2') })
  taskGoneCases(openBehindHaproxy)
}
