import type { LocalTask } from './cluster.ts'
import { networkMode, portNames } from './definition.ts'

/** Where port `index` of a task listens, for the checks; undefined when it has none. */
export function taskEndpoint(
  task: LocalTask,
  index: number
): { host: string; port: number } | undefined {
  const { placement, definition } = task
  if (placement === undefined) return undefined
  const mode = networkMode(definition)
  if (mode === 'host') return at(placement.host, placement.ports[index])
  let cursor = 0
  for (const [position, mapping] of (definition.container?.portMappings ?? []).entries()) {
    const onHost = mode === 'bridge' || mapping.hostPort !== undefined
    if (position === index) {
      return onHost
        ? at(placement.host, placement.ports[cursor])
        : at(task.ip ?? placement.host, mapping.containerPort)
    }
    if (onHost) cursor += 1
  }
  return undefined
}

/** Index of the port with this name; the first port when no port has it. */
export function portIndexNamed(task: LocalTask, name: string): number {
  return Math.max(0, portNames(task.definition).indexOf(name))
}

function at(host: string, port: number | undefined) {
  return port === undefined || port === 0 ? undefined : { host, port }
}
