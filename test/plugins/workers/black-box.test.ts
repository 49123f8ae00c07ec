import { after, describe } from 'node:test'
import { messageCases } from '../../black-box/messages.cases.ts'
import { streamCases } from '../../black-box/streams.cases.ts'
import { upgradeCases } from '../../black-box/upgrades.cases.ts'
import { sharedTwoWorkers } from '../../support/two-workers.ts'

for (const lane of ['full', 'wire'] as const) {
  describe(`two workers, ${lane} lane`, () => {
    const { open, close } = sharedTwoWorkers(lane)
    after(close)
    messageCases(open)
    streamCases(open)
    upgradeCases(open)
  })
}
