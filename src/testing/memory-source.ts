import type { App, Task } from '../gateway/model/app.ts'
import type { Source, SourceSink } from '../gateway/source.ts'

/** A source whose snapshots a test writes. */
export interface MemorySource extends Source {
  publish(apps: readonly App[]): void
  taskEnding(taskId: string): void
}

export function createMemorySource(name: string): MemorySource {
  let sink: SourceSink | undefined
  let apps: readonly App[] = []
  const publish = (): void =>
    sink?.publish({
      source: name,
      takenAt: Date.now(),
      apps,
      routes: [],
      services: [],
      overrides: [],
      problems: []
    })
  return {
    name,
    start(given) {
      sink = given
      publish()
    },
    refresh: publish,
    publish(next) {
      apps = next
      publish()
    },
    taskEnding: (taskId) => sink?.taskEnding(taskId)
  }
}

/** An app in host mode with one port, as far as a test cares. */
export function memoryApp(
  id: string,
  labels: Readonly<Record<string, string>>,
  tasks: readonly Task[]
): App {
  return {
    id,
    labels: new Map(Object.entries(labels)),
    instances: tasks.length,
    networkMode: 'host',
    ports: [{ name: 'http', protocol: 'tcp', hasHostPort: true, labels: new Map() }],
    healthChecks: 0,
    healthGraceMs: 0,
    readiness: new Map(),
    deploying: false,
    tasks
  }
}

export function memoryTask(id: string, host: string, port: number): Task {
  return { id, host, ports: [port], ipAddresses: [], state: 'TASK_RUNNING', health: [] }
}
