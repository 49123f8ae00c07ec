/** What apps may ask for. More is a problem of that app, and is left out. */
export interface RoutingLimits {
  /** Most routes of all apps. */
  readonly routes: number
  /** Most routes that the labels of one app may ask for. */
  readonly routesPerApp: number
  /** Most hosts of one label. */
  readonly hosts: number
  /** Longest value of a label, characters. */
  readonly labelBytes: number
}

export const defaultLimits: RoutingLimits = {
  routes: 100_000,
  routesPerApp: 256,
  hosts: 64,
  labelBytes: 4096
}
