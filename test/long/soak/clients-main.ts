import { connect } from 'node:net'
import type { ClientsNews, ClientsOrder } from './soak-messages.ts'

/**
 * Lean clients: each asks again when it has its answer, changes the app each time, and takes a new connection
 * after a while. Tells each second how many were answered.
 */
const NEWS_EVERY_MS = 1_000
const TICK_MS = 10
const REQUESTS_PER_CONNECTION = 2_000
const AGAIN_MS = 100

let answers = 0
let faults = 0
let lastFault: string | undefined
/** Requests that may be sent now. */
let due = 0
const waiting: (() => void)[] = []

function begin({ port, apps, connections, rate }: ClientsOrder): void {
  const requests = Array.from(
    { length: apps },
    (_, at) => `GET / HTTP/1.1\r\nHost: app-${at}.test\r\n\r\n`
  )
  let turn = 0

  function open(): void {
    const socket = connect({ port, host: '127.0.0.1', noDelay: true })
    let [left, text] = [REQUESTS_PER_CONNECTION, '']
    let isOver = false
    const next = () => {
      if (rate > 0 && due < 1) return void waiting.push(next)
      due -= 1
      socket.write(requests[turn++ % apps] ?? '')
    }
    const end = (fault?: string) => {
      if (isOver) return
      isOver = true
      socket.destroy()
      if (fault === undefined) return open()
      faults += 1
      lastFault = fault
      setTimeout(open, AGAIN_MS)
    }
    socket.setEncoding('latin1')
    socket.on('connect', next)
    socket.on('data', (piece: string) => {
      text += piece
      if (!text.startsWith('HTTP/1.1 200')) return end(text.slice(0, 200))
      if (!text.endsWith('\r\n\r\nend\n')) return
      text = ''
      answers += 1
      left -= 1
      if (left === 0) end()
      else next()
    })
    socket.on('error', (error) => end(error.message))
    socket.on('close', () => end('closed'))
  }

  for (let at = 0; at < connections; at += 1) open()
  if (rate === 0) return
  setInterval(() => {
    due = Math.min(rate, due + (rate * TICK_MS) / 1_000)
    while (due >= 1 && waiting.length > 0) waiting.shift()?.()
  }, TICK_MS)
}

setInterval(() => {
  const news: ClientsNews = { answers, faults, ...(lastFault === undefined ? {} : { lastFault }) }
  process.send?.(news)
}, NEWS_EVERY_MS)
process.once('message', (order: ClientsOrder) => begin(order))
process.once('disconnect', () => process.exit(0))
