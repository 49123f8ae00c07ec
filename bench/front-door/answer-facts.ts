const TASK = /\(task ([^)\s]{1,200})\)/
const CODE = /\bGW_[A-Z_]{1,60}\b/

/** Beginning of an answer's body that is looked at. */
export const LOOKED_AT_BYTES = 4096

/** The task that an answer names, as the sample app does: “Hello from 10.0.0.5 (task myapp.1)”. */
export function taskIn(body: string): string | undefined {
  return TASK.exec(body)?.[1]
}

/** Why an answer is an error: the gateway's own code, else its status. */
export function codeOf(status: number, body: string): string | undefined {
  if (status < 400) return undefined
  return CODE.exec(body)?.[0] ?? `status ${status}`
}

/** Why a request failed without an answer. */
export function failureCode(error: unknown): string {
  const { code, name } = Object(error) as { code?: unknown; name?: unknown }
  return typeof code === 'string' ? code : String(name ?? 'failed')
}
