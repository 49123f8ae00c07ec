/** An answer that is not a success, with Marathon's own status and body. */
export class ApiError extends Error {
  readonly status: number
  readonly body: Readonly<Record<string, unknown>>

  constructor(status: number, body: Readonly<Record<string, unknown>>) {
    super(String(body['message'] ?? status))
    this.status = status
    this.body = body
  }
}

/** One fault of a field: `path` is a JSON pointer such as `/upgradeStrategy`. */
export interface FieldFault {
  readonly path: string
  readonly errors: readonly string[]
}

/** 400: the body is no JSON (`details` a sentence) or JSON of the wrong shape. */
export const invalidJson = (details: string | readonly FieldFault[]) =>
  new ApiError(400, { message: 'Invalid JSON', details })

/** 422: well-formed, but against Marathon's rules. */
export const invalidObject = (details: readonly FieldFault[]) =>
  new ApiError(422, { message: 'Object is not valid', details })

export const notFound = (what: 'App' | 'Group' | 'Task' | 'Pod', id: string) =>
  new ApiError(404, { message: `${what} '${id}' does not exist` })
