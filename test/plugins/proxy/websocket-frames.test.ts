import assert from 'node:assert/strict'
import { test } from 'node:test'
import { FrameBorders } from '../../../src/plugins/proxy/websocket-frames.ts'

const text = (length: number) => Buffer.concat([head(0x81, length), Buffer.alloc(length, 0x88)])

function head(first: number, length: number): Buffer {
  if (length < 126) return Buffer.from([first, length])
  if (length < 65_536) return Buffer.from([first, 126, length >> 8, length & 0xff])
  const long = Buffer.alloc(10)
  long.writeUInt8(first, 0)
  long.writeUInt8(127, 1)
  long.writeBigUInt64BE(BigInt(length), 2)
  return long
}

const cases = [
  { name: 'nothing yet', bytes: Buffer.alloc(0), between: true },
  { name: 'half of a head', bytes: text(5).subarray(0, 1), between: false },
  { name: 'a head alone', bytes: text(5).subarray(0, 2), between: false },
  { name: 'all but a byte', bytes: text(5).subarray(0, 6), between: false },
  { name: 'a whole frame', bytes: text(5), between: true },
  { name: 'an empty frame', bytes: text(0), between: true },
  { name: '16 bits of length', bytes: text(300), between: true },
  { name: '16 bits of length, cut', bytes: text(300).subarray(0, 303), between: false },
  { name: '64 bits of length', bytes: text(70_000), between: true },
  {
    name: 'two frames and a bit',
    bytes: Buffer.concat([text(5), text(126), text(1).subarray(0, 2)]),
    between: false
  },
  { name: 'a masked frame', bytes: Buffer.from([0x81, 0x81, 1, 2, 3, 4, 5]), between: true },
  { name: 'a masked frame, cut', bytes: Buffer.from([0x81, 0x81, 1, 2, 3, 4]), between: false },
  { name: 'a part of a message', bytes: Buffer.from([0x01, 0x01, 0x41]), between: true },
  { name: 'closed already', bytes: Buffer.from([0x88, 0x02, 3, 0xe8]), between: false }
]

for (const { name, bytes, between } of cases) {
  test(`borders of frames: ${name}`, () => {
    const whole = new FrameBorders()
    whole.see(bytes)
    assert.equal(whole.between, between)
    const single = new FrameBorders()
    for (let i = 0; i < bytes.length; i++) single.see(bytes.subarray(i, i + 1))
    assert.equal(single.between, between)
  })
}
