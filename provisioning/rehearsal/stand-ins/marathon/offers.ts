import type { AppDefinition } from '../../../../src/local-marathon/definition.ts'
import { wantedPorts } from '../../../../src/local-marathon/definition.ts'
import type { AgentView } from '../mesos/messages.ts'

/** Where a task goes. */
export interface Seat {
  readonly hostname: string
  readonly ports: readonly number[]
}

export interface Taken {
  /** Ports by agent, promised but not yet reported. */
  ports(hostname: string): ReadonlySet<number>
  /** How many tasks of the app, or of all apps, are at the agent. */
  tasks(hostname: string, appId?: string): number
}

/** The agent with the fewest tasks that has what the app needs; undefined when none has. */
export function seatFor(
  definition: AppDefinition,
  agents: readonly AgentView[],
  taken: Taken,
  random: () => number
): Seat | undefined {
  const fitting = agents
    .filter((agent) => agent.reachable)
    .filter(({ hostname }) => !isUnique(definition) || taken.tasks(hostname, definition.id) === 0)
    .sort((a, b) => taken.tasks(a.hostname) - taken.tasks(b.hostname))
  for (const agent of fitting) {
    const ports = portsFor(definition, agent, taken.ports(agent.hostname), random)
    if (ports !== undefined) return { hostname: agent.hostname, ports }
  }
  return undefined
}

/** Marathon's constraint for "one per agent". */
function isUnique(definition: AppDefinition): boolean {
  const { constraints } = definition as { constraints?: readonly (readonly string[])[] }
  return (constraints ?? []).some(
    ([field, operator]) => (field === 'hostname' || field === '@hostname') && operator === 'UNIQUE'
  )
}

function portsFor(
  definition: AppDefinition,
  { portRanges, tasks }: AgentView,
  promised: ReadonlySet<number>,
  random: () => number
): number[] | undefined {
  const living = tasks.filter(({ state }) => state !== 'ENDED')
  const used = new Set([...promised, ...living.flatMap(({ hostPorts }) => hostPorts)])
  const chosen: number[] = []
  for (const { hostPort } of wantedPorts(definition)) {
    const free = (port: number) => !used.has(port)
    const inRange = portRanges.some(([first, last]) => first <= hostPort && hostPort <= last)
    const port = hostPort === 0 ? anyPort(portRanges, free, random) : hostPort
    if (port === undefined || !free(port) || (hostPort !== 0 && !inRange)) return undefined
    used.add(port)
    chosen.push(port)
  }
  return chosen
}

function anyPort(
  ranges: AgentView['portRanges'],
  free: (port: number) => boolean,
  random: () => number
): number | undefined {
  // As Marathon does, anywhere in the largest range: a port just given back is not met at once.
  const [range] = [...ranges].sort((a, b) => b[1] - b[0] - (a[1] - a[0]))
  if (range === undefined) return undefined
  const [first, last] = range
  const size = last - first + 1
  const start = Math.floor(random() * size)
  for (let step = 0; step < size; step += 1) {
    const port = first + ((start + step) % size)
    if (free(port)) return port
  }
  return undefined
}
