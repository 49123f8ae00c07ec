import type { App } from '../../src/gateway/model/app.ts'
import type { Snapshot } from '../../src/gateway/model/snapshot.ts'
import type { HeldLoss, SourceSink } from '../../src/gateway/source.ts'

/** A sink that keeps all that it is told. */
export interface RecordingSink extends SourceSink {
  readonly snapshots: readonly Snapshot[]
  readonly ending: readonly string[]
  readonly unreachable: readonly string[]
  readonly failures: readonly string[]
  /** What was held last. */
  readonly holding: HeldLoss | undefined
  last(): Snapshot | undefined
  app(id: string): App | undefined
}

export function recordingSink(before?: Snapshot): RecordingSink {
  const snapshots: Snapshot[] = []
  const ending: string[] = []
  const unreachable: string[] = []
  const failures: string[] = []
  let holding: HeldLoss | undefined
  return {
    snapshots,
    ending,
    unreachable,
    failures,
    publish: (snapshot) => void snapshots.push(snapshot),
    taskEnding: (id) => void ending.push(id),
    taskUnreachable: (id) => void unreachable.push(id),
    before,
    get holding() {
      return holding
    },
    held: (loss) => {
      holding = loss
    },
    failed: (reason) => void failures.push(reason),
    last: () => snapshots.at(-1),
    app: (id) => snapshots.at(-1)?.apps.find((app) => app.id === id)
  }
}
