import { ConfigError } from './config/config-error.ts'

/** Says whose start failed; a listen error says more by its code and port. */
export function naming<Result>(what: string, start: () => Result): Result {
  const rename = (error: unknown): never => {
    if (error instanceof ConfigError || Reflect.has(Object(error), 'port')) throw error
    const reason = error instanceof Error ? error.message : String(error)
    throw new Error(`${what} does not start: ${reason}`, { cause: error })
  }
  try {
    const result = start()
    return result instanceof Promise ? (result.catch(rename) as Result) : result
  } catch (error) {
    return rename(error)
  }
}
