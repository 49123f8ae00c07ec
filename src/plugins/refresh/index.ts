import { createTask, validate } from 'node-cron'
import { Type } from 'typebox'
import { definePlugin, type GatewayHost } from '../../gateway/plugin.ts'
import { Refusals } from './refusals.ts'

/**
 * Reads Marathon again on a schedule, whatever the event stream says, and when a task takes no connection:
 * events get lost. The schedule runs where the sources run, and ends with the gateway.
 */
export const refreshPlugin = definePlugin({
  name: 'refresh',
  options: Type.Object({
    mode: Type.Union(
      [Type.Literal('events-and-interval'), Type.Literal('events'), Type.Literal('interval')],
      {
        default: 'events-and-interval',
        description:
          'What makes the gateway read Marathon again: its events, the schedule in `cron`, or both. Choose `interval` where something on the way breaks event streams.'
      }
    ),
    cron: Type.Refine(
      Type.String({
        default: '*/30 * * * * *',
        maxLength: 256,
        expected:
          'a cron expression such as "*/30 * * * * *" (second, minute, hour, day, month, weekday), or "" for never',
        description:
          'When to read again: a cron expression of six fields, seconds first (of five: no seconds), in local time. Empty: never.'
      }),
      (cron) => cron.trim() === '' || validate(cron)
    ),
    whenRefused: Type.Boolean({
      default: true,
      description:
        'Read again when a task takes no connection: it has gone most likely, and no event has said so. At most once per second; for the same task after 1, 2, 4 seconds and so on, up to 30.'
    })
  }),
  register(app, { mode, cron, whenRefused }) {
    if (whenRefused) readWhenRefused(app.gateway)
    if (mode === 'events' || cron.trim() === '' || app.gateway.role === 'traffic') return
    const task = createTask(cron, () => app.gateway.refresh('cron'), {
      name: 'refresh',
      logger: cronLog(app.gateway.log),
      suppressMissedWarning: true
    })
    app.addHook('onReady', async () => task.start())
    app.addHook('onClose', async () => task.destroy())
  }
})

function readWhenRefused(host: GatewayHost): void {
  const refusals = new Refusals()
  host.observer(({ attempts }) => {
    const address = refusals.note(attempts, performance.now())
    if (address !== undefined) host.refresh(`no connection to ${address}`)
  })
}

/** node-cron writes to the console unless it is given a logger. */
function cronLog(log: GatewayHost['log']) {
  return {
    info: (message: string) => log.debug(message),
    debug: (message: string | Error) => log.debug(String(message)),
    warn: (message: string) => log.warn(message),
    error: (message: string | Error, error?: Error) => log.error({ err: error }, String(message))
  }
}
