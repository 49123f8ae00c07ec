/** The HAProxy that the keeper steers: a child of our own, or someone else's. */
export interface HaproxyProcess {
  /**
   * Makes sure one runs, waiting until it takes commands.
   * running: as before. adopted: one of ours that was there before us. started: it has just read the
   * files. @throws Error that says why none runs
   */
  ensure(): Promise<'running' | 'adopted' | 'started'>
  /**
   * Has HAProxy read the files anew without a request lost; done when the new worker takes commands.
   * @throws Error when it keeps the old configuration
   */
  reload(): Promise<void>
  /** Workers of former configurations that still hold connections; undefined when nobody can tell. */
  oldWorkers(): Promise<number | undefined>
  /** Lets go of it; ends it only when asked to. */
  close(options: CloseOptions): Promise<void>
}

export interface CloseOptions {
  readonly stopHaproxy: boolean
  /** When it aborts, open requests of an HAProxy that shall end get no more time. */
  readonly deadline?: AbortSignal
}

/** What the parts here need of a logger. */
export interface Log {
  debug(facts: object, message: string): void
  info(facts: object, message: string): void
  warn(facts: object, message: string): void
  error(facts: object, message: string): void
}
