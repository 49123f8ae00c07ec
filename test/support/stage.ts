import { type TestContext, test } from 'node:test'
import type { FrontDoorSettings, FrontDoorUnderTest, OpenFrontDoor } from './front-door.ts'
import { type RawClient, rawClient } from './raw-client.ts'
import { type Script, type ScriptedTask, startScriptedTask } from './scripted-task.ts'

/** A front door with one app, `/myapp`, of one task that answers by script. */
export interface Stage {
  readonly door: FrontDoorUnderTest
  readonly task: ScriptedTask
  /** A new connection to the front door. */
  client(): RawClient
}

export interface StageSettings extends FrontDoorSettings {
  readonly labels?: Readonly<Record<string, string>>
  readonly script?: string | Script
}

/** Opens a stage; it is gone at the end of the test. */
export async function openStage(
  t: TestContext,
  open: OpenFrontDoor,
  settings: StageSettings = {}
): Promise<Stage> {
  const { labels = {}, script, ...rest } = settings
  const task = await startScriptedTask(script)
  t.after(() => task.close())
  const door = await open(rest)
  t.after(() => door.stop())
  await door.publish([{ id: '/myapp', labels, ports: [task.port] }])
  return { door, task, client: () => rawClient(t, door.port) }
}

/** One test of the black-box suite; the limit is there against hangs only. */
export function blackBox(name: string, run: (t: TestContext) => Promise<void>): void {
  test(name, { timeout: 240_000 }, run)
}

/** The head of a request to `/myapp`; fields as whole lines. */
export function request(line: string, ...fields: readonly string[]): string {
  return [`${line} HTTP/1.1`, 'Host: myapp.local', ...fields, '', ''].join('\r\n')
}
