/**
 * What a plugin's part gave, where it has to give it at once. An asynchronous one is a fault already:
 * what its promise rejects with later would be nobody's, and end the process.
 *
 * @throws TypeError when it is a promise
 */
export function notAPromise<Value>(value: Value): Value {
  if (!(value instanceof Promise)) return value
  value.catch(() => undefined)
  throw new TypeError('it gave a promise where a value is expected')
}
