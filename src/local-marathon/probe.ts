import { type ClientRequest, request as httpRequest, type IncomingMessage } from 'node:http'
import { request as httpsRequest } from 'node:https'
import { connect } from 'node:net'

/** What one question to a task brought: an answer, or the reason for none. */
export interface ProbeAnswer {
  readonly status?: number
  readonly contentType?: string
  readonly body?: string
  readonly fault?: string
}

/** More of a body than this is not kept. */
const MAX_BODY_CHARS = 4_096

/** GET over HTTP or HTTPS (certificates unchecked, as Marathon does); never throws. */
export function probeHttp(url: URL, timeoutMs: number, signal: AbortSignal): Promise<ProbeAnswer> {
  return new Promise((resolve) => {
    const finish = (answer: ProbeAnswer) => {
      clearTimeout(timer)
      resolve(answer)
      request.destroy()
    }
    const onAnswer = (response: IncomingMessage) => {
      let body = ''
      response.setEncoding('utf8')
      response.on('data', (text: string) => {
        if (body.length < MAX_BODY_CHARS) body += text
      })
      response.on('error', (error) => finish({ fault: error.message }))
      response.on('end', () =>
        finish({
          status: response.statusCode ?? 0,
          contentType: response.headers['content-type'] ?? '',
          body
        })
      )
    }
    const options = { agent: false as const, signal, headers: { connection: 'close' } }
    const request: ClientRequest =
      url.protocol === 'https:'
        ? httpsRequest(url, { ...options, rejectUnauthorized: false }, onAnswer)
        : httpRequest(url, options, onAnswer)
    const timer = setTimeout(() => finish({ fault: 'timed out' }), timeoutMs)
    request.on('error', (error) => finish({ fault: error.message }))
    request.end()
  })
}

/** Opens a TCP connection and closes it; never throws. */
export function probeTcp(
  host: string,
  port: number,
  timeoutMs: number,
  signal: AbortSignal
): Promise<ProbeAnswer> {
  return new Promise((resolve) => {
    const socket = connect({ host, port, signal })
    const finish = (answer: ProbeAnswer) => {
      socket.destroy()
      resolve(answer)
    }
    socket.setTimeout(timeoutMs, () => finish({ fault: 'timed out' }))
    socket.on('connect', () => finish({}))
    socket.on('error', (error) => finish({ fault: error.message }))
  })
}
