import type { Task } from '../model/app.ts'

/**
 * A task never moves, so what an answer leaves out of its address is what it was: after a restart of
 * Marathon tasks have been seen without host or ports (marathon-api §14).
 */
export function withKnownAddress(task: Task, previous: Task): Task {
  // Under the same id, resident tasks of Marathon up to 1.7 run anew.
  if (task.startedAt !== previous.startedAt) return task
  const { ports, ipAddresses, host = previous.host } = task
  const knownPorts = isEmpty(ports) ? previous.ports : ports
  const knownAddresses = isEmpty(ipAddresses) ? previous.ipAddresses : ipAddresses
  if (host === task.host && knownPorts === ports && knownAddresses === ipAddresses) return task
  return {
    ...task,
    ...(host !== undefined && { host }),
    ports: knownPorts,
    ipAddresses: knownAddresses
  }
}

function isEmpty(values: readonly (number | string)[]): boolean {
  return values.every((value) => value === 0 || value === '')
}
