import { startFrontDoorProcess } from '../../support/front-door-process.ts'

export type Lane = 'full' | 'wire'

/** A front door in a process of its own, with one task for every host and path. */
export interface FuzzedFrontDoor {
  readonly port: number
  memory(): Promise<number>
  kill(): void
  /** How it ended. */
  readonly ended: Promise<string>
}

export type OpenFrontDoorProcess = (taskPort: number) => Promise<FuzzedFrontDoor>

/** A connection that is stuck is to be seen: the front door must not end it first. */
const PATIENT = { head: '5m', body: '5m', keepAlive: '5m', idle: '5m' }

export function frontDoorOf(lane: Lane): OpenFrontDoorProcess {
  return async (taskPort) => {
    const door = await startFrontDoorProcess({ proxy: { lane, timeout: PATIENT } })
    await door.publish([{ id: '/any', labels: { 'gateway.path': '/' }, ports: [taskPort] }])
    return {
      port: door.port,
      memory: door.memory,
      kill: door.kill,
      ended: door.ended.then(({ code, signal }) => `code ${code}, signal ${signal}`)
    }
  }
}
