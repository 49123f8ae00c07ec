/**
 * What Node is told wherever the gateway is started for good: in `package.json`, the images and the unit.
 * `docs/decisions/13` says why.
 */
export const NODE_FLAGS: readonly string[] = [
  '--max-semi-space-size=4',
  '--heap-growing-percent=100',
  '--v8-pool-size=1'
]
