/**
 * What HAProxy shall do, as plain data: made from the table by `render/`, brought into force by `apply/`.
 * Every text in it has passed the grammar of its place; nothing here needs quoting.
 */

/** One server line of a backend: one endpoint. */
export interface DesiredServer {
  /** Stable: the endpoint's sticky cookie value, a keyed hash of its task id. */
  readonly name: string
  /** IPv4 or IPv6 address; HAProxy never resolves names at run time. */
  readonly address: string
  readonly port: number
  /** 0 to 256. */
  readonly weight: number
  /** Takes traffic only when no other server is up (the last resort). */
  readonly backup: boolean
}

/** One backend section. Two backends with the same `settings` may stand in for each other. */
export interface DesiredBackend {
  readonly name: string
  /** Lines of the section apart from its servers, in order: `mode http`, `balance roundrobin`… */
  readonly settings: readonly string[]
  /**
   * Name of the `defaults` section that would say the same as `settings`, the same for the same settings:
   * HAProxy ≥ 3.4 makes backends from it at run time. Absent where one can't say it: a spare stands in, or
   * a reload makes the backend.
   */
  readonly defaults?: string
  /** Words after address and port of each server: `check inter 2s`; the same for all of them. */
  readonly serverWords: readonly string[]
  /** Sorted by name. */
  readonly servers: readonly DesiredServer[]
}

/** A `defaults` section that backends of one kind are made from at run time. */
export interface DesiredDefaults {
  readonly name: string
  readonly settings: readonly string[]
}

/** One map file: key to value, sorted by key. */
export interface DesiredMap {
  /** File name without its folder: `routes.map`. */
  readonly name: string
  readonly entries: readonly (readonly [key: string, value: string])[]
}

export interface Desired {
  /** Lines of global, defaults, frontends, listeners: what only a reload can change. */
  readonly structure: readonly string[]
  /** Sorted by name. */
  readonly backends: readonly DesiredBackend[]
  readonly maps: readonly DesiredMap[]
  /** Sorted by name; `apply/` adds them where HAProxy can make backends. Absent: none. */
  readonly defaults?: readonly DesiredDefaults[]
  /**
   * Name of the map that says which section stands for each backend: both key and value are the
   * backend's name, and frontends choose through it (`use_backend %[var(txn.backend),map(…)]`). Where a
   * spare stands in for a new backend, `apply/` writes the spare's name as the value. A backend that
   * `structure` names itself never moves. Absent: no spares, every new backend is a reload.
   */
  readonly indirection?: string
  /** What nobody may get to without its guards while a reload is awaited; absent: nothing is guarded. */
  readonly protection?: Protection
}

/** How what is guarded stays closed until HAProxy has loaded its guards. */
export interface Protection {
  /** Backend of `structure` that refuses every request. */
  readonly closed: string
  /** Values of maps that every rendering understands, whatever else has changed: `closed` is one. */
  readonly known: ReadonlySet<string>
  /** By value of a map: the lines of settings that guard what it leads to. Absent: everybody may enter. */
  readonly guards: ReadonlyMap<string, readonly string[]>
  /** Backends of former listeners that would lead past guards. */
  readonly shut: ReadonlySet<string>
}

/** A file to be written: name without folder, content. */
export interface RenderedFile {
  readonly name: string
  readonly content: string
}
