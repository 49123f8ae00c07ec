import { type Fields, fieldsOf, itemsOf, wordOf } from './read-values.ts'
import type { StreamEvent } from './sse-parser.ts'

/** Task or instance an event is about, in the words of the event. */
export type Subject =
  | { readonly kind: 'task'; readonly id: string }
  | { readonly kind: 'instance'; readonly id: string }
  | { readonly kind: 'app'; readonly id: string }

/**
 * What an event says. Every event invalidates; its payload never becomes state, except that what
 * ends or loses its agent is told at once, which is the safe direction.
 */
export interface Meaning {
  readonly type: string
  /** Apps that may look different now; empty: can't be told, so all of them. */
  readonly apps: readonly string[]
  /** Others say it too, with more detail: no reason to read everything of a large cluster. */
  readonly echo: boolean
  readonly ending: readonly Subject[]
  readonly unreachable: readonly Subject[]
}

/** Only these are asked for (marathon-api §11): all that can change where traffic goes. */
export const SUBSCRIBED = [
  'api_post_event',
  'pod_created_event',
  'pod_updated_event',
  'pod_deleted_event',
  'status_update_event',
  'instance_changed_event',
  'health_status_changed_event',
  'instance_health_changed_event',
  'unknown_instance_terminated_event',
  'unhealthy_instance_kill_event',
  'unhealthy_task_kill_event',
  'app_terminated_event',
  'group_change_success',
  'deployment_info',
  'deployment_step_success',
  'deployment_success',
  'deployment_failed',
  'event_stream_attached'
] as const

/** Task states without their prefix, and conditions of instances in capitals. */
const ENDING = new Set(
  'KILLING FINISHED FAILED KILLED ERROR GONE GONE_BY_OPERATOR DROPPED'.split(' ')
)
/** LOST was the word for it up to 1.3; such a task may come back. */
const UNREACHABLE = new Set('UNREACHABLE UNREACHABLEINACTIVE LOST'.split(' '))
const MAX_APPS = 1000

/** All that one event of the stream says; several when it carries several JSON objects. */
export function meaningsOf(event: StreamEvent): Meaning[] {
  if (event.truncated) return [invalidating(event.name, [])]
  return objectsOf(event.data).map((fields) => meaningOf(event.name, fields))
}

/** One JSON object, or one a line; what can't be read invalidates without more to say. */
function objectsOf(data: string): Fields[] {
  const whole = objectOf(data)
  if (whole !== undefined) return [whole]
  return data
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => objectOf(line) ?? {})
}

function objectOf(text: string): Fields | undefined {
  try {
    return fieldsOf(JSON.parse(text))
  } catch {
    return undefined
  }
}

function meaningOf(name: string, fields: Fields): Meaning {
  const type = wordOf(fields['eventType'], 100) ?? name
  const read = Object.hasOwn(readers, type) ? readers[type as keyof typeof readers] : undefined
  return read?.(type, fields) ?? invalidating(type, appOf(fields))
}

const readers = {
  status_update_event: (type: string, fields: Fields) =>
    judged(type, fields, subjects('task', fields['taskId']), stateWord(fields['taskStatus'])),
  instance_changed_event: (type: string, fields: Fields) =>
    judged(
      type,
      fields,
      subjects('instance', fields['instanceId']),
      stateWord(fields['condition'])
    ),
  unknown_instance_terminated_event: (type: string, fields: Fields) =>
    ended(type, fields, subjects('instance', fields['instanceId'])),
  unhealthy_instance_kill_event: (type: string, fields: Fields) =>
    ended(type, fields, [
      ...subjects('task', fields['taskId']),
      ...subjects('instance', fields['instanceId'])
    ]),
  unhealthy_task_kill_event: (type: string, fields: Fields) =>
    ended(type, fields, subjects('task', fields['taskId'])),
  app_terminated_event: (type: string, fields: Fields) =>
    ended(type, fields, subjects('app', fields['appId'])),
  api_post_event: (type: string, fields: Fields) =>
    invalidating(type, words([fieldsOf(fields['appDefinition'])?.['id']])),
  group_change_success: echo,
  // Told to all clients whenever one attaches; opening our own stream reads everything anyway.
  event_stream_attached: echo,
  deployment_info: deployment,
  deployment_step_success: deployment,
  deployment_success: deployment,
  deployment_failed: deployment
} satisfies Record<string, (type: string, fields: Fields) => Meaning>

function echo(type: string): Meaning {
  return { ...invalidating(type, []), echo: true }
}

/** Plans name their apps in `steps`, as `{actions: [{app}]}` or, in old versions, as `{app}`. */
function deployment(type: string, fields: Fields): Meaning {
  const plan = fieldsOf(fields['plan'])
  const steps = [...itemsOf(plan?.['steps']), fields['currentStep']]
  const actions = steps.flatMap((step) => [step, ...itemsOf(fieldsOf(step)?.['actions'])])
  const apps = actions.map((action) => fieldsOf(action)?.['app'])
  return invalidating(type, words(apps.filter((app) => app !== undefined)))
}

function stateWord(value: unknown): string {
  const word = wordOf(value, 100) ?? ''
  return word.replace(/^TASK_/, '').toUpperCase()
}

function judged(type: string, fields: Fields, about: readonly Subject[], state: string): Meaning {
  const base = invalidating(type, appOf(fields))
  if (ENDING.has(state)) return { ...base, ending: about }
  if (UNREACHABLE.has(state)) return { ...base, unreachable: about }
  return base
}

function ended(type: string, fields: Fields, about: readonly Subject[]): Meaning {
  return { ...invalidating(type, appOf(fields)), ending: about }
}

function invalidating(type: string, apps: readonly string[]): Meaning {
  return { type, apps, echo: false, ending: [], unreachable: [] }
}

/** `appId`; `runSpecId` in the events about instances. */
function appOf(fields: Fields): readonly string[] {
  return words([fields['appId'] ?? fields['runSpecId']])
}

function subjects(kind: Subject['kind'], value: unknown): readonly Subject[] {
  return words([value]).map((id) => ({ kind, id }))
}

/** Distinct usable ids; none at all when one is not usable or there are too many to name. */
function words(values: readonly unknown[]): readonly string[] {
  const ids = new Set<string>()
  for (const value of values) {
    const id = wordOf(value, 1024)
    if (id === undefined) return []
    ids.add(id)
  }
  return ids.size > MAX_APPS ? [] : [...ids]
}
