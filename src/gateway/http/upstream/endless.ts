/** Types of answers that go on until somebody has had enough. */
const ENDLESS =
  /^(?:text\/event-stream|application\/(?:x-ndjson|stream\+json)|multipart\/x-mixed-replace)\s*(?:;|$)/i

/** Whether these fields announce a stream: server-sent events, JSON by lines, camera pictures. */
export function isEndless(headers: readonly string[]): boolean {
  for (let i = 0; i < headers.length; i += 2) {
    const name = headers[i] ?? ''
    if (name.length === 12 && name.toLowerCase() === 'content-type') {
      return ENDLESS.test(headers[i + 1] ?? '')
    }
  }
  return false
}
