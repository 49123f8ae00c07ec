/**
 * How an answer goes wrong: a status with an empty body, or
 * `html502`/`html503` a proxy's page, `empty200` 200 without a body, `noApps` 200 `{"apps":[]}`,
 * `truncated` JSON cut in half, `cut` a connection that ends before the length it promised, `endless` a body
 * that never ends, `hang` accepted and never answered, `reset` connection reset, `elsewhere` 302 to `redirectTo`.
 */
export type AnswerFault =
  | number
  | 'html502'
  | 'html503'
  | 'empty200'
  | 'noApps'
  | 'truncated'
  | 'cut'
  | 'endless'
  | 'elsewhere'
  | 'hang'
  | 'reset'

/** What the server does to the faults that need its state. */
export interface FaultEffects {
  closeStreams(): void
  /** Publishes one event to every stream. */
  publish(eventType: string, fields: Readonly<Record<string, unknown>>): void
  freeze(): void
  thaw(): void
  changeLeader(): void
}

/**
 * Faults of one node, for tests; all off at first. Fields take effect on the next answer, stream
 * write or heartbeat.
 */
export class Faults {
  /** Neither events nor heartbeats; sockets stay open. */
  silentStream = false
  /** Events are lost, heartbeats go on. */
  heartbeatOnly = false
  /** The heartbeat's CR and LF leave in two segments. */
  splitHeartbeat = false
  /** Each event carries two JSON objects in its data, as old versions sometimes wrote. */
  severalJsonPerEvent = false
  /** Streams are accepted and closed at once, as by a leader that stands by. */
  closeStreamsAtOnce = false
  /** `/v2/events` answers 302 with this Location. */
  redirectEventsTo: string | undefined
  /** Every answer goes wrong like this; undefined = none. */
  answer: AnswerFault | undefined
  /** Pause between the first half of a body and the second, milliseconds. */
  slowBodyMs = 0
  /** Where the fault `elsewhere` leads. */
  redirectTo = 'http://127.0.0.1:9/'
  /** Bytes of white space behind each JSON body: a huge answer that is right. */
  padding = 0
  /** Tasks without health results, as after a change of leader. */
  dropHealth = false
  /** Apps without tasks, although they want as many instances as before. */
  tasksMissing = false
  portsEmpty = false
  hostEmpty = false
  ipAddressesMissing = false
  /** This node knows no leader: everything is 502. */
  leaderless = false

  readonly #effects: FaultEffects
  readonly #hidden = new Set<string>()
  #failures: { left: number; readonly fault: AnswerFault; readonly path: string }[] = []
  #authorizedLeft = Number.POSITIVE_INFINITY
  #lag = false

  constructor(effects: FaultEffects) {
    this.#effects = effects
  }

  /** While true, reads of apps show the state of the moment this was set; events go on. */
  get snapshotLag(): boolean {
    return this.#lag
  }

  set snapshotLag(lag: boolean) {
    this.#lag = lag
    if (lag) this.#effects.freeze()
    else this.#effects.thaw()
  }

  /** The next `count` requests whose path begins with `path` go wrong; default: all but events. */
  failNext(count: number, fault: AnswerFault, path = '/v2/'): void {
    this.#failures.push({ left: count, fault, path })
  }

  /** After `count` more requests every one is 401; Infinity ends that. */
  unauthorizedAfter(count: number): void {
    this.#authorizedLeft = count
  }

  /** Leaves an app out of every read, as if it were gone; its tasks go on. */
  hideApp(id: string): void {
    this.#hidden.add(id)
  }

  showApp(id: string): void {
    this.#hidden.delete(id)
  }

  isHidden(id: string): boolean {
    return this.#hidden.has(id)
  }

  /** Ends every open stream of this node. */
  closeStreams(): void {
    this.#effects.closeStreams()
  }

  /** Closes all streams and forgets all health; with standbys, the next node leads. */
  leaderChange(): void {
    this.#effects.changeLeader()
  }

  /**
   * Sends events that mean nothing, at this rate.
   *
   * @returns ends the storm
   */
  eventStorm(perSecond: number): () => void {
    const tickMs = 20
    let owed = 0
    const timer = setInterval(() => {
      owed += (perSecond * tickMs) / 1000
      for (; owed >= 1; owed -= 1) {
        this.#effects.publish('status_update_event', {
          slaveId: 'storm-S0',
          taskId: 'storm.instance-0._app.1',
          taskStatus: 'TASK_RUNNING',
          message: '',
          appId: '/storm',
          host: '127.0.0.1',
          ipAddresses: [],
          ports: [],
          version: '1970-01-01T00:00:00.000Z'
        })
      }
    }, tickMs)
    timer.unref()
    return () => clearInterval(timer)
  }

  /** For the server: what goes wrong with this request; counts it. */
  takeAnswerFault(path: string): AnswerFault | undefined {
    this.#failures = this.#failures.filter(({ left }) => left > 0)
    const isStream = path.startsWith('/v2/events')
    const next = this.#failures.find(
      (failure) => path.startsWith(failure.path) && (!isStream || failure.path !== '/v2/')
    )
    if (next) {
      next.left -= 1
      return next.fault
    }
    return isStream ? undefined : this.answer
  }

  /** For the server: whether this request is still let in; counts it. */
  takeAuthorization(): boolean {
    if (this.#authorizedLeft <= 0) return false
    this.#authorizedLeft -= 1
    return true
  }
}
