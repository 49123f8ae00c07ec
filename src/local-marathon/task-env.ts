import { wantedPorts } from './definition.ts'
import type { LaunchSpec, Placement } from './task-runner.ts'

/** What a task sees of the machine it runs on; the rest of the environment stays outside. */
const INHERITED = ['PATH', 'HOME', 'LANG', 'TMPDIR', 'TZ']

/** The environment Marathon gives a task; an app's own `env` wins over the inherited part only. */
export function taskEnv(spec: LaunchSpec, placement: Placement): Record<string, string> {
  const { definition } = spec
  const given = Object.entries(definition.env).filter(
    (entry): entry is [string, string] => typeof entry[1] === 'string'
  )
  const env: Record<string, string> = {
    ...Object.fromEntries(given),
    HOST: placement.host,
    PORTS: placement.ports.join(','),
    MARATHON_APP_ID: definition.id,
    MARATHON_APP_VERSION: spec.version,
    MESOS_TASK_ID: spec.taskId
  }
  for (const [index, { containerPort, name }] of wantedPorts(definition).entries()) {
    const port = String(placement.ports[index])
    if (index === 0) env['PORT'] = port
    env[`PORT${index}`] = port
    if (containerPort) env[`PORT_${containerPort}`] = port
    if (name) env[`PORT_${name.toUpperCase().replaceAll('-', '_')}`] = port
  }
  return env
}

/** As `taskEnv`, over what a local process needs of its surroundings. */
export function processEnv(
  spec: LaunchSpec,
  placement: Placement,
  surroundings: Readonly<Record<string, string | undefined>>
): Record<string, string> {
  const inherited = INHERITED.flatMap((key) => {
    const value = surroundings[key]
    return value === undefined ? [] : [[key, value] as const]
  })
  return { ...Object.fromEntries(inherited), ...taskEnv(spec, placement) }
}
