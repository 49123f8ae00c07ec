import type { DesiredServer } from '../desired.ts'

/** One thing to do in a running HAProxy. Backends and servers by the names they have there. */
export type Step =
  | {
      readonly do: 'add-backend'
      readonly backend: string
      readonly defaults: string
      readonly mode: 'http' | 'tcp'
    }
  | {
      readonly do: 'add-server'
      readonly backend: string
      readonly server: DesiredServer
      readonly words: readonly string[]
    }
  | {
      readonly do: 'set-weight'
      readonly backend: string
      readonly server: string
      readonly weight: number
    }
  | {
      readonly do: 'set-address'
      readonly backend: string
      readonly server: string
      readonly address: string
      readonly port: number
    }
  /** Back from drain or maintenance. */
  | { readonly do: 'ready'; readonly backend: string; readonly server: string }
  /** Nothing new comes in; deleted when its connections have ended. */
  | { readonly do: 'leave'; readonly backend: string; readonly server: string }
  /** A few entries of a map, each at once. */
  | {
      readonly do: 'change-map'
      readonly map: string
      readonly add: readonly (readonly [key: string, value: string])[]
      readonly set: readonly (readonly [key: string, value: string])[]
      readonly del: readonly string[]
    }
  /** All entries of a map, in one transaction. */
  | {
      readonly do: 'replace-map'
      readonly map: string
      readonly entries: readonly (readonly [key: string, value: string])[]
    }
