import { createTask, validate } from 'node-cron'
import { Type } from 'typebox'
import { definePlugin, type GatewayHost } from '../../gateway/plugin.ts'

/**
 * Reads Marathon again on a schedule, whatever the event stream says: events get lost. Runs where
 * the sources run, and ends with the gateway.
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
    )
  }),
  register(app, { mode, cron }) {
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

/** node-cron writes to the console unless it is given a logger. */
function cronLog(log: GatewayHost['log']) {
  return {
    info: (message: string) => log.debug(message),
    debug: (message: string | Error) => log.debug(String(message)),
    warn: (message: string) => log.warn(message),
    error: (message: string | Error, error?: Error) => log.error({ err: error }, String(message))
  }
}
