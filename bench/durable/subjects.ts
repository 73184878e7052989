// Who acknowledges a publish after it is on disk, over a socket: ours, JetStream and Redis, each told to sync always.
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { connect, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { freePort } from '../../runtime/free-ports.ts'
import { DEFAULT_LIMITS } from '../../runtime/pop-config.ts'
import { PATHS } from '../../runtime/ports.ts'
import { SESSION_SUBPROTOCOL } from '../../runtime/protocol/session.ts'
import { findProgram } from '../harness/programs.ts'
import { RawWebSocket } from '../harness/raw-websocket.ts'
import { type ServerProcess, startServer } from '../harness/server-process.ts'

/** One connection that publishes; `acked` is called with how many publishes an answer acknowledges. */
export interface Publisher {
  /** Sends `count` publishes in one write. */
  publish: (count: number) => void
  close: () => void
}

export interface Subject {
  name: string
  missing: string
  start: (folder: string) => Promise<{ port: number; server: ServerProcess } | null>
  connect: (port: number, client: number, acked: (count: number) => void) => Promise<Publisher>
}

/** Of the message itself; each protocol adds its own. */
const BODY = 'x'.repeat(512)
const STREAM = 'bench'
const root = fileURLToPath(new URL('../..', import.meta.url))

/** A folder on the disk that the measurement is about; the system's temporary folder may be memory. */
export async function benchFolder(): Promise<{ folder: string; remove: () => Promise<void> }> {
  const folder = await mkdtemp(join(process.env.MICROPOP_BENCH_DIR ?? tmpdir(), 'micropop-durable-'))
  return { folder, remove: () => rm(folder, { recursive: true, force: true }) }
}

const micropop: Subject = {
  name: 'micropop, ack disk',
  missing: '',
  start: async (folder) => {
    const port = await freePort()
    const file = join(folder, 'pop.json')
    await writeFile(
      file,
      JSON.stringify({
        version: 1,
        event: 'bench',
        pop: 'bench',
        listen: { host: '127.0.0.1', port, adminHost: '127.0.0.1', adminPort: 0 },
        dataDir: folder,
        uplinks: [{ name: 'uplink', url: 'ws://127.0.0.1:9/uplink' }],
        queue: { maxBytes: 20e9, segmentBytes: 16 * 1024 * 1024 },
        limits: { ...DEFAULT_LIMITS, framesPerS: 1e6, framesBurst: 1e6 },
        imagesDir: null,
      }),
    )
    const command = [process.execPath, join(root, 'cli', 'micropop.mjs'), 'pop', '--config', file]
    return { port, server: await startServer(command, port) }
  },
  connect: async (port, client, acked) => {
    let seq = 0
    const welcome = Promise.withResolvers<void>()
    const socket = await RawWebSocket.open({
      port,
      path: PATHS.session,
      protocol: SESSION_SUBPROTOCOL,
      received: (payload) => {
        const frame = JSON.parse(payload.toString('latin1'))
        if (frame.t === 'ack') acked(frame.seq - (frame.from ?? frame.seq) + 1)
        else if (frame.t === 'welcome') welcome.resolve()
        else throw new Error(`the PoP answered ${payload.toString()}`)
      },
    })
    socket.send(JSON.stringify({ t: 'hello', client: `bench-${client}` }))
    await welcome.promise
    // Written once: what is measured is the server's work on JSON, not the client's.
    const tail = `,"ch":"collect.bench","body":"${BODY}","at":0}`
    return {
      publish: (count) => {
        const frames = Array.from(
          { length: count },
          () => `{"t":"pub","lane":"interactive","seq":${++seq}${tail}`,
        )
        socket.sendAll(frames)
      },
      close: () => socket.close(),
    }
  },
}

/** A plain TCP connection; `answers` counts the answers in a chunk. */
async function tcp(port: number, received: (chunk: Buffer, socket: Socket) => void): Promise<Socket> {
  const socket = connect({ port, host: '127.0.0.1', noDelay: true })
  await new Promise<void>((resolve, reject) => {
    socket.once('connect', resolve)
    socket.once('error', reject)
  })
  socket.on('data', (chunk) => received(chunk, socket))
  return socket
}

function countOf(chunk: Buffer, mark: string): number {
  let count = 0
  for (let at = chunk.indexOf(mark); at >= 0; at = chunk.indexOf(mark, at + mark.length)) count++
  return count
}

const redis: Subject = {
  name: 'Redis Streams, appendfsync always',
  missing: '`apt-get install redis-server`',
  start: async (folder) => {
    const program = findProgram('redis-server')
    if (program === null) return null
    const port = await freePort()
    const options = ['--port', port, '--bind', '127.0.0.1', '--dir', folder, '--save', '']
    const command = [program, ...options, '--appendonly', 'yes', '--appendfsync', 'always'].map(String)
    return { port, server: await startServer(command, port) }
  },
  connect: async (port, _client, acked) => {
    // The answer to XADD is `$LENGTH\r\nID\r\n`; an ID holds one hyphen.
    const socket = await tcp(port, (chunk) => {
      if (chunk[0] === 0x2d) throw new Error(`Redis answered ${chunk.toString()}`)
      acked(countOf(chunk, '-'))
    })
    const command = Buffer.from(
      `*5\r\n$4\r\nXADD\r\n$${STREAM.length}\r\n${STREAM}\r\n$1\r\n*\r\n$1\r\nb\r\n$${BODY.length}\r\n${BODY}\r\n`,
    )
    return {
      publish: (count) => socket.write(Buffer.concat(Array.from({ length: count }, () => command))),
      close: () => socket.destroy(),
    }
  },
}

const jetStream: Subject = {
  name: 'JetStream, sync always',
  missing: '`node tools/setup.mjs --nats` builds nats-server with Go',
  start: async (folder) => {
    const program = findProgram('nats-server')
    if (program === null) return null
    const port = await freePort()
    const file = join(folder, 'nats.conf')
    await writeFile(
      file,
      `listen: 127.0.0.1:${port}\njetstream { store_dir: "${folder}", sync_interval: always }\n`,
    )
    return { port, server: await startServer([program, '-c', file], port) }
  },
  connect: async (port, client, acked) => {
    const inbox = `_INBOX.bench.${client}`
    const created = Promise.withResolvers<void>()
    // A PubAck is `{"stream":"bench","seq":N}`; creating the stream, each client for itself, is answered with its config.
    const socket = await tcp(port, (chunk, from) => {
      const text = chunk.toString('latin1')
      if (text.includes('PING\r\n')) from.write('PONG\r\n')
      if (text.includes('"error"')) throw new Error(`JetStream answered ${text}`)
      if (text.includes('stream_create_response')) created.resolve()
      acked(countOf(chunk, `{"stream":"${STREAM}"`))
    })
    const config = JSON.stringify({
      name: STREAM,
      subjects: [STREAM],
      storage: 'file',
      retention: 'limits',
      num_replicas: 1,
    })
    socket.write(
      `CONNECT {"verbose":false,"pedantic":false,"lang":"bench","version":"1"}\r\nSUB ${inbox} 1\r\n` +
        `PUB $JS.API.STREAM.CREATE.${STREAM} ${inbox} ${config.length}\r\n${config}\r\n`,
    )
    await created.promise
    const publish = Buffer.from(`PUB ${STREAM} ${inbox} ${BODY.length}\r\n${BODY}\r\n`)
    return {
      publish: (count) => socket.write(Buffer.concat(Array.from({ length: count }, () => publish))),
      close: () => socket.destroy(),
    }
  },
}

export const SUBJECTS = { micropop, redis, jetStream } satisfies Record<string, Subject>
