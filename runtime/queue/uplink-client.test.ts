// The PoP's end of the uplink on real sockets, against a central that does as each test says.
import { once } from 'node:events'
import type { IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { pino } from 'pino'
import { afterEach, expect, test } from 'vitest'
import { type VerifyClientCallbackAsync, type WebSocket, WebSocketServer } from 'ws'
import type { UplinkConfig } from '../pop-config.ts'
import type { Lane } from '../protocol/lanes.ts'
import { type Batch, type PopUplinkFrame, UPLINK_SUBPROTOCOL } from '../protocol/uplink.ts'
import type { LogRecord } from './record.ts'
import { type CentralAnswer, UplinkClient } from './uplink-client.ts'
import type { UplinkInput } from './uplink-sync.ts'

const open: (() => void)[] = []
afterEach(() => {
  for (const close of open.splice(0)) close()
})

function record(lane: Lane, laneSeq: number): LogRecord {
  const message = { ch: 'room', client: 'ann', seq: laneSeq, at: 7, body: { n: laneSeq } }
  return { lane, laneSeq, off: laneSeq, t: 9, ack: 'disk', bytes: 50, ...message }
}

type Read = (lane: Lane, first: number, count: number) => Promise<(LogRecord | null)[]>

/** A client whose central hands every connection to `connected`. */
async function start(
  read: Read,
  connected: (socket: WebSocket, request: IncomingMessage) => void = () => {},
  verifyClient?: VerifyClientCallbackAsync,
  uplink: Partial<UplinkConfig> = {},
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
  const answers: CentralAnswer[] = []
  const warnings: string[] = []
  const client = new UplinkClient({
    path: 1,
    uplink: { name: '5g', url: `ws://127.0.0.1:${(server.address() as AddressInfo).port}/uplink`, ...uplink },
    token: 'a-secret',
    hello: () => ({ t: 'uplink', event: 'e', pop: 'p', log: 'l' }),
    read,
    input: ({ path, ...input }) => inputs.push(path === 1 ? input : { ...input, path: -1 }),
    answer: (frame) => answers.push(frame),
    log: pino({ level: 'warn' }, { write: (line) => warnings.push(JSON.parse(line).err) }),
  })
  open.push(() => client.close())
  return { client, server, frames, inputs, answers, warnings }
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
    { is: 'beat', n: 1 },
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
      records: [1, 2].map((seq) => ({
        client: 'ann',
        seq,
        ch: 'room',
        body: { n: seq },
        at: 7,
        off: seq,
        t: 9,
      })),
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

test('a log that central calls rewound, or writes from elsewhere, is told apart from other refusals', async () => {
  const { client, inputs } = await start(readAll, (socket) => {
    for (const code of ['MP_OTHER', 'MP_LOG_REWOUND', 'MP_UPLINK_FENCED'])
      socket.send(JSON.stringify({ t: 'err', code, why: '' }))
  })
  client.connect()
  await expect.poll(() => inputs).toEqual([{ is: 'opened' }, { is: 'rewound' }, { is: 'fenced' }])
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

test('leaves from the address that the uplink is bound to', async () => {
  let from: string | undefined
  const connected = (_socket: WebSocket, request: IncomingMessage) => {
    from = request.socket.remoteAddress
  }
  const { client, inputs } = await start(readAll, connected, undefined, { localAddress: '127.0.0.7' })
  client.connect()
  await expect.poll(() => inputs).toEqual([{ is: 'opened' }])
  await expect.poll(() => from).toBe('127.0.0.7')
})

test('a record that was shed travels as null, so that those behind it keep their numbers', async () => {
  const { client, frames, inputs } = await start(async () => [record('bulk', 1), null, record('bulk', 3)])
  client.connect()
  await expect.poll(() => inputs).toEqual([{ is: 'opened' }])
  client.batch('bulk', 1, 3)
  await expect.poll(() => frames).toHaveLength(1)
  expect((frames[0] as Batch).records.map((sent) => sent?.seq ?? null)).toEqual([1, null, 3])
})

test('answers to comparisons and documents are passed on', async () => {
  const frame = { t: 'repaired', n: 3, stored: 2 } as const
  const { client, answers } = await start(readAll, (socket) => socket.send(JSON.stringify(frame)))
  client.connect()
  await expect.poll(() => answers).toEqual([frame])
})

test('no more is read from the log than the socket takes, and a beat has next to nothing in front of it', async () => {
  const big = { ...record('bulk', 1), body: 'x'.repeat(256 * 1024) }
  let reads = 0
  const paused: WebSocket[] = []
  const { client, frames, inputs } = await start(
    async () => {
      reads++
      return [big]
    },
    (socket) => {
      socket.pause()
      paused.push(socket)
    },
  )
  client.connect()
  await expect.poll(() => inputs).toEqual([{ is: 'opened' }])
  await expect.poll(() => paused).toHaveLength(1)
  const batches = 256
  for (let i = 0; i < batches; i++) client.batch('bulk', 1, 1)
  // What the system's buffers take is its own affair; the rest stays in the log until they drain.
  let before = -1
  await expect
    .poll(
      () => {
        const still = reads > 0 && reads === before
        before = reads
        return still
      },
      { interval: 100, timeout: 5_000 },
    )
    .toBe(true)
  expect(reads).toBeLessThan(batches / 2)
  client.beat(1)
  const atBeat = reads
  paused[0]?.resume()
  await expect.poll(() => frames.length, { timeout: 10_000 }).toBe(batches + 1)
  const place = frames.findIndex(({ t }) => t === 'beat')
  expect(place).toBeLessThanOrEqual(atBeat)
})
