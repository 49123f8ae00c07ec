// Says on the admin side at `/soak` what this process holds after its garbage has been collected.
import { readdirSync } from 'node:fs'
import { setImmediate } from 'node:timers/promises'
import { definePlugin, Type } from 'marathon-gateway'

// biome-ignore lint/style/noDefaultExport: a plugin given by path is its module's default
export default definePlugin({
  name: 'soak',
  options: Type.Object({}, { additionalProperties: false }),
  register(app) {
    const counts = { requests: 0, failed: 0 }
    app.gateway.observer(({ status, aborted }) => {
      counts.requests += 1
      if (status >= 400 && !aborted) counts.failed += 1
    })
    app.gateway.admin('/soak', async (admin) => {
      admin.get('/', async () => {
        // What is freed in one collection may free more in the next.
        for (let turn = 0; turn < 3; turn += 1) {
          globalThis.gc()
          await setImmediate()
        }
        const { rss, heapUsed, external } = process.memoryUsage()
        const descriptors = readdirSync('/proc/self/fd').length
        return { rss, held: heapUsed + external, descriptors, ...counts }
      })
    })
  }
})
