// Writes a line to the gateway's log for every request that did not go smoothly, with its ledger.
import { definePlugin, Type } from 'marathon-gateway'

const HIGHEST_GOOD = 399

// biome-ignore lint/style/noDefaultExport: a plugin given by path is its module's default
export default definePlugin({
  name: 'chaos-ledger',
  options: Type.Object({}, { additionalProperties: false }),
  register(app) {
    const counts = { requests: 0, attempts: 0 }
    app.gateway.observer((outcome) => {
      counts.requests += 1
      counts.attempts += outcome.attempts.length
      const { target, status, code, endpoint, attempts, aborted } = outcome
      const smooth = attempts.length <= 1 && code === undefined && !aborted
      if (smooth && status <= HIGHEST_GOOD) return
      app.gateway.log.info(
        {
          id: target.split('/')[1],
          ...{ status, code, aborted, task: endpoint?.taskId },
          attempts: attempts.map(({ endpoint, then, ...rest }) => ({
            task: endpoint.taskId,
            bytesSent: rest.bytesSent,
            text: `${endpoint.host}:${endpoint.port} ${rest.reason} (${rest.phase}${rest.reused ? ', kept' : ''}, sent ${rest.bytesSent}, read ${rest.bytesRead}, ${Math.round(rest.ms)} ms)${then === undefined ? '' : `: ${then}`}`
          }))
        },
        'chaos-ledger'
      )
    })
    app.gateway.stats('chaos-ledger', () => counts)
  }
})
