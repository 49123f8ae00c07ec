import { join } from 'node:path'

export interface SampleAppOptions {
  /** Default 2. */
  readonly instances?: number
}

/** The local command that runs the sample app; a path with quotes stays one word. */
export function sampleAppCommand(sampleAppDir: string): string {
  const quoted = `'${join(sampleAppDir, 'server.js').replaceAll("'", "'\\''")}'`
  return `exec node ${quoted}`
}

/** The definition of `/myapp` for local processes; `start_myapp.json` is the same for containers. */
export function sampleApp(sampleAppDir: string, { instances = 2 }: SampleAppOptions = {}) {
  return {
    id: '/myapp',
    cmd: sampleAppCommand(sampleAppDir),
    cpus: 0.1,
    mem: 64,
    instances,
    networks: [{ mode: 'host' }],
    portDefinitions: [{ port: 0, protocol: 'tcp', name: 'http' }],
    labels: { 'gateway.hosts': 'myapp.local, myapp.localhost, localhost' },
    healthChecks: [
      {
        protocol: 'HTTP',
        path: '/health',
        portIndex: 0,
        gracePeriodSeconds: 10,
        intervalSeconds: 1,
        timeoutSeconds: 2,
        maxConsecutiveFailures: 3
      }
    ],
    upgradeStrategy: { minimumHealthCapacity: 1, maximumOverCapacity: 1 },
    taskKillGracePeriodSeconds: 5
  }
}
