// Frames as a WebSocket client reads them back: the receiver of ws is the judge.

import { createHash } from 'node:crypto'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { createServer, type Server, type Socket } from 'node:net'
import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { WebSocket } from 'ws'
import {
  DEFLATE_FROM_BYTES,
  encodeFrame,
  encodeTextFrame,
  OPCODE,
  payloadOf,
  SharedFrame,
  takesSharedDeflate,
} from './ws-frame.ts'

/** Completes the handshake by hand, so that nothing but our frames is on the wire. */
const GUID = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11'
let server: Server
let client: WebSocket
let wire: Socket

beforeAll(async () => {
  server = createServer((socket) => {
    socket.once('data', (request) => {
      const key = /sec-websocket-key: (\S+)/i.exec(request.toString())?.[1]
      const accept = createHash('sha1').update(`${key}${GUID}`).digest('base64')
      socket.write(
        `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\nSec-WebSocket-Extensions: permessage-deflate; server_no_context_takeover\r\n\r\n`,
      )
    })
    wire = socket
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  client = new WebSocket(`ws://127.0.0.1:${(server.address() as AddressInfo).port}`)
  await once(client, 'open')
})

afterAll(() => {
  client.terminate()
  server.close()
})

async function received(frame: Buffer): Promise<{ text: string; binary: boolean }> {
  const message = once(client, 'message')
  wire.write(frame)
  const [data, binary] = await message
  return { text: data.toString(), binary }
}

const texts = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 400 }),
  fc.tuple(fc.string({ minLength: 1 }), fc.nat(5_000)).map(([unit, times]) => unit.repeat(times)),
)

test('any text arrives as it was, plain and compressed', async () => {
  await fc.assert(
    fc.asyncProperty(texts, async (text) => {
      const wellFormed = text.toWellFormed()
      const frame = new SharedFrame(wellFormed)
      expect(await received(frame.plain)).toEqual({ text: wellFormed, binary: false })
      expect(await received(frame.deflated)).toEqual({ text: wellFormed, binary: false })
      expect(frame.text).toBe(wellFormed)
    }),
    { numRuns: 60 },
  )
})

test.each([0, 125, 126, 65_535, 65_536, 70_000])(
  'a payload of %i bytes has the header it needs',
  async (bytes) => {
    const payload = Buffer.alloc(bytes, 'x')
    const frame = encodeFrame(OPCODE.binary, payload)
    expect(payloadOf(frame).equals(payload)).toBe(true)
    expect(await received(frame)).toEqual({ text: payload.toString(), binary: true })
    expect(encodeTextFrame(payload.toString()).subarray(1).equals(frame.subarray(1))).toBe(true)
  },
)

test('a message that compression does not make smaller goes plain to everyone', () => {
  const short = new SharedFrame('x'.repeat(DEFLATE_FROM_BYTES - 1))
  expect(short.deflated).toBe(short.plain)
  const long = new SharedFrame('x'.repeat(DEFLATE_FROM_BYTES))
  expect(long.deflated.length).toBeLessThan(long.plain.length)
  expect(long.deflated).toBe(long.deflated)
})

test.each([
  ['', false],
  ['permessage-deflate; server_no_context_takeover; client_no_context_takeover', true],
  ['permessage-deflate; client_no_context_takeover', false],
  ['permessage-deflate; server_no_context_takeover; server_max_window_bits=10', false],
])('sessions with the extensions "%s" share compressed frames: %s', (extensions, shared) => {
  expect(takesSharedDeflate(extensions)).toBe(shared)
})
