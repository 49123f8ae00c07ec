import { request } from './stage.ts'

/** Asks for a WebSocket, with the key of RFC 6455 §1.2. */
export const HANDSHAKE = request(
  'GET /chat',
  'Connection: Upgrade',
  'Upgrade: websocket',
  'Sec-WebSocket-Version: 13',
  'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=='
)
