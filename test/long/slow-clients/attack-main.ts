import { constants, setPriority } from 'node:os'
import { type AttackOrder, startAttack } from './attack.ts'

// Where nothing better is at hand: whoever is measured has the processor first.
setPriority(constants.priority.PRIORITY_LOW)

/** A process of attackers: one order, then the news of it whenever asked. */
let attack: ReturnType<typeof startAttack> | undefined

process.on('message', (order: AttackOrder | 'news') => {
  if (order === 'news') process.send?.(attack?.news())
  else attack = startAttack(order)
})
process.on('disconnect', () => {
  attack?.stop()
  process.exit()
})
