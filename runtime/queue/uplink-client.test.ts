// The PoP's end of the uplink on real sockets, against a central that does as each test says.
import { once } from 'node:events'
import type { IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { pino } from 'pino'
import { afterEach, expect, test } from 'vitest'
import { type VerifyClientCallbackAsync, type WebSocket, WebSocketServer } from 'ws'
import type { Lane } from '../protocol/lanes.ts'
import { type PopUplinkFrame, UPLINK_SUBPROTOCOL } from '../protocol/uplink.ts'
import type { LogRecord } from './record.ts'
import { UplinkClient } from './uplink-client.ts'
import type { UplinkInput } from './uplink-sync.ts'

const open: (() => void)[] = []
afterEach(() => {
  for (const close of open.splice(0)) close()
})

function record(lane: Lane, laneSeq: number): LogRecord {
  const message = { ch: 'room', client: 'ann', seq: laneSeq, at: 7, body: { n: laneSeq } }
  return { lane, laneSeq, off: laneSeq, ack: 'disk', bytes: 50, ...message }
}

type Read = (lane: Lane, first: number, count: number) => Promise<LogRecord[]>

/** A client whose central hands every connection to `connected`. */
async function start(
  read: Read,
  connected: (socket: WebSocket, request: IncomingMessage) => void = () => {},
  verifyClient?: VerifyClientCallbackAsync,
) {
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1', verifyClient })
  open.push(() => {
    for (const socket of server.clients) socket.terminate()
    server.close()
  })
  const frames: PopUplinkFrame[] = []
  server.on('connection', (socket, request) => {
    socket.on('message', (data) => frames.push(JSON.parse(data.toString())))
    connected(socket, request)
  })
  await once(server, 'listening')
  const inputs: UplinkInput[] = []
  const warnings: string[] = []
  const client = new UplinkClient({
    url: `ws://127.0.0.1:${(server.address() as AddressInfo).port}/uplink`,
    token: 'a-secret',
    hello: () => ({ t: 'uplink', event: 'e', pop: 'p', log: 'l' }),
    read,
    input: (input) => inputs.push(input),
    log: pino({ level: 'warn' }, { write: (line) => warnings.push(JSON.parse(line).err) }),
  })
  open.push(() => client.close())
  return { client, frames, inputs, warnings }
}

const readAll: Read = async (lane, first, count) =>
  Array.from({ length: count }, (_, i) => record(lane, first + i))

test('shows the secret in a header, speaks the subprotocol, and passes on what central says', async () => {
  let request: IncomingMessage | undefined
  const { client, frames, inputs } = await start(readAll, (socket, upgrade) => {
    request = upgrade
    for (const frame of [
      { t: 'ready', watermarks: { bulk: 2 } },
      { t: 'applied', lane: 'bulk', through: 3 },
      { t: 'gap', lane: 'bulk', expected: 4 },
      { t: 'beat', n: 1 },
      { t: 'err', code: 'MP_X', why: 'because' },
    ]) {
      socket.send(JSON.stringify(frame))
    }
  })
  client.connect()
  await expect.poll(() => inputs.length).toBe(5)
  client.hello()
  await expect.poll(() => frames).toEqual([{ t: 'uplink', event: 'e', pop: 'p', log: 'l' }])
  expect(request?.headers.authorization).toBe('Bearer a-secret')
  expect(request?.headers['sec-websocket-protocol']).toBe(UPLINK_SUBPROTOCOL)
  expect(inputs).toEqual([
    { is: 'opened' },
    { is: 'ready', watermarks: { bulk: 2 } },
    { is: 'applied', lane: 'bulk', through: 3 },
    { is: 'gap', lane: 'bulk', expected: 4 },
    { is: 'beat' },
  ])
})

test('batches leave in the order they were asked for, whichever is read first; beats do not wait for them', async () => {
  const reads: (() => void)[] = []
  const { client, frames, inputs } = await start(async (lane, first, count) => {
    if (lane === 'bulk') await new Promise<void>((resolve) => reads.push(resolve))
    return readAll(lane, first, count)
  })
  client.connect()
  await expect.poll(() => inputs).toEqual([{ is: 'opened' }])
  client.batch('bulk', 1, 2)
  client.batch('critical', 1, 1)
  client.beat(1)
  await expect.poll(() => frames).toEqual([{ t: 'beat', n: 1 }])
  reads[0]?.()
  await expect.poll(() => frames.length).toBe(3)
  expect(frames.slice(1)).toEqual([
    {
      t: 'batch',
      lane: 'bulk',
      first: 1,
      records: [1, 2].map((seq) => ({ client: 'ann', seq, ch: 'room', body: { n: seq }, at: 7 })),
    },
    { t: 'batch', lane: 'critical', first: 1, records: [expect.objectContaining({ seq: 1 })] },
  ])
})

test.each(['null', 'no JSON', '{"t":"applied","lane":"express","through":1}'])(
  'a frame of central that cannot be read ends the connection and nothing else: %s',
  async (text) => {
    const { client, inputs } = await start(readAll, (socket) => socket.send(text))
    client.connect()
    await expect.poll(() => inputs).toEqual([{ is: 'opened' }, { is: 'closed' }])
    client.connect()
    await expect.poll(() => inputs.length).toBe(4)
  },
)

test('a batch that the log cannot give ends the connection', async () => {
  const { client, inputs } = await start(() => Promise.reject(new Error('damaged')))
  client.connect()
  await expect.poll(() => inputs).toEqual([{ is: 'opened' }])
  client.batch('bulk', 1, 1)
  await expect.poll(() => inputs).toEqual([{ is: 'opened' }, { is: 'closed' }])
})

test('a connection that was given up is not heard of again, and its batches are not sent on the next', async () => {
  const reads: (() => void)[] = []
  const { client, frames, inputs } = await start(async (lane, first, count) => {
    await new Promise<void>((resolve) => reads.push(resolve))
    return readAll(lane, first, count)
  })
  client.connect()
  await expect.poll(() => inputs).toEqual([{ is: 'opened' }])
  client.batch('bulk', 1, 1)
  await expect.poll(() => reads.length).toBe(1)
  client.disconnect('a test')
  client.connect()
  await expect.poll(() => inputs).toEqual([{ is: 'opened' }, { is: 'opened' }])
  reads[0]?.()
  client.batch('bulk', 7, 1)
  await expect.poll(() => reads.length).toBe(2)
  reads[1]?.()
  await expect.poll(() => frames).toEqual([expect.objectContaining({ t: 'batch', first: 7 })])
  expect(client.connects).toBe(2)
})

test('a log that central calls rewound is told apart from other refusals', async () => {
  const { client, inputs } = await start(readAll, (socket) => {
    for (const code of ['MP_OTHER', 'MP_LOG_REWOUND'])
      socket.send(JSON.stringify({ t: 'err', code, why: '' }))
  })
  client.connect()
  await expect.poll(() => inputs).toEqual([{ is: 'opened' }, { is: 'rewound' }])
})

test('a central that hangs up at once is an end like any other', async () => {
  const { client, inputs } = await start(readAll, (socket) => socket.terminate())
  client.connect()
  await expect.poll(() => inputs.at(-1)).toEqual({ is: 'closed' })
})

test('a refused secret is a warning once, and again when the cause changes or central had answered', async () => {
  const answers = [401, 401, 503, 101, 503]
  const { client, inputs, warnings } = await start(
    readAll,
    (socket) => socket.send(JSON.stringify({ t: 'ready', watermarks: {} })),
    (_request, done) => {
      const status = answers.shift() ?? 500
      done(status === 101, status)
    },
  )
  const faults: (string | null)[] = []
  for (const end of ['closed', 'closed', 'closed', 'ready', 'closed']) {
    inputs.splice(0)
    client.connect()
    await expect.poll(() => inputs.at(-1)).toMatchObject({ is: end })
    faults.push(client.fault)
  }
  const refused = (status: number) => `Unexpected server response: ${status}`
  expect(warnings).toEqual([refused(401), refused(503), refused(503)])
  expect(faults).toEqual([refused(401), refused(401), refused(503), null, refused(503)])
})
