import { networkMode, wantedPorts } from '../../../../src/local-marathon/definition.ts'
import { taskEnv } from '../../../../src/local-marathon/task-env.ts'
import type { LaunchSpec, Placement } from '../../../../src/local-marathon/task-runner.ts'
import type { TaskOrder } from '../mesos/messages.ts'

interface Volume {
  readonly containerPath?: string
  readonly hostPath?: string
  readonly mode?: string
}

/** @throws Error for an app without an image: the stand-in agents run nothing else */
export function taskOrder(spec: LaunchSpec, placement: Placement): TaskOrder {
  const { definition } = spec
  const docker = definition.container?.docker
  if (docker === undefined) throw new Error('the stand-in agents run containers only')
  const parameters = (docker['parameters'] ?? []) as readonly { key: string; value: string }[]
  const volumes = (definition.container?.volumes ?? []) as readonly Volume[]
  const command =
    definition.cmd === undefined ? (definition.args ?? []) : ['/bin/sh', '-c', definition.cmd]
  return {
    taskId: spec.taskId,
    image: docker.image,
    forcePull: docker['forcePullImage'] === true,
    network: networkMode(definition) === 'host' ? 'host' : 'bridge',
    ports: wantedPorts(definition).map(({ containerPort }, index) => ({
      host: placement.ports[index] ?? 0,
      container: containerPort ?? 0
    })),
    env: taskEnv(spec, placement),
    command,
    options: [
      ...(docker['privileged'] === true ? ['--privileged'] : []),
      ...parameters.map(({ key, value }) => `--${key}=${value}`),
      ...volumes.flatMap(({ hostPath, containerPath, mode }) =>
        hostPath === undefined
          ? []
          : [`--volume=${hostPath}:${containerPath}:${mode === 'RW' ? 'rw' : 'ro'}`]
      )
    ]
  }
}
