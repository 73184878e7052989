// Who is measured: how each server starts, and how a client speaks to it over WebSocket.
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import * as mqtt from 'mqtt-packet'
import { freePort } from '../../runtime/free-ports.ts'
import { DEFAULT_LIMITS, type PopConfig } from '../../runtime/pop-config.ts'
import { PATHS } from '../../runtime/ports.ts'
import { SESSION_SUBPROTOCOL } from '../../runtime/protocol/session.ts'
import { findProgram } from '../harness/programs.ts'
import { type ServerProcess, startServer } from '../harness/server-process.ts'

export type Payload = string | Uint8Array

/** What a client of this server says, as frames; `publish` carries a text that every subscriber gets back. */
export interface Dialect {
  path: string
  protocol?: string
  deflate?: boolean
  /** To become a subscriber, in order, each once the answer to the one before has come. */
  greet: (client: number) => Payload[]
  publish: (text: string, seq: number) => Payload
  /** An answer to what came, where one is due (keep-alives). */
  answer?: (payload: Buffer) => Payload | null
}

export interface Subject {
  name: string
  dialect: Dialect
  /** Null where it cannot run on this machine; `missing` says what to install. */
  start: () => Promise<{ port: number; server: ServerProcess; stop: () => Promise<void> } | null>
  missing?: string
}

const root = fileURLToPath(new URL('../..', import.meta.url))
const here = (file: string) => fileURLToPath(new URL(`servers/${file}`, import.meta.url))

async function started(command: (port: number, folder: string) => Promise<string[]> | string[]) {
  const folder = await mkdtemp(join(tmpdir(), 'micropop-bench-'))
  const port = await freePort()
  const server = await startServer(await command(port, folder), port)
  const stop = async () => {
    await server.stop()
    await rm(folder, { recursive: true, force: true })
  }
  return { port, server, stop }
}

const EVERYBODY = 'bench'
/** All come from one address, whose share of sessions and handshakes is to hold them. */
const SESSIONS_MAX = 20_000

function micropop(deflate: boolean): Subject {
  return {
    name: deflate ? 'micropop, compressed' : 'micropop',
    dialect: {
      path: PATHS.session,
      protocol: SESSION_SUBPROTOCOL,
      deflate,
      greet: (client) => [
        JSON.stringify({ t: 'hello', client: `bench-${client}` }),
        JSON.stringify({ t: 'sub', ch: EVERYBODY }),
      ],
      publish: (text, seq) =>
        JSON.stringify({
          t: 'pub',
          lane: 'interactive',
          seq,
          ch: EVERYBODY,
          body: text,
          at: 0,
          ack: 'memory',
        }),
    },
    start: () =>
      started(async (port, folder) => {
        const config: Partial<PopConfig> = {
          version: 1,
          event: 'bench',
          pop: 'bench',
          listen: { host: '127.0.0.1', port, adminHost: '127.0.0.1', adminPort: 0 },
          dataDir: folder,
          uplinks: [{ name: 'uplink', url: 'ws://127.0.0.1:9/uplink' }],
          queue: { maxBytes: 1e9, segmentBytes: 16 * 1024 * 1024 } as PopConfig['queue'],
          limits: { ...DEFAULT_LIMITS, sessions: SESSIONS_MAX },
          door: { handshakesPerS: SESSIONS_MAX, handshakesBurst: SESSIONS_MAX } as PopConfig['door'],
          imagesDir: null,
        }
        const file = join(folder, 'pop.json')
        await writeFile(file, JSON.stringify(config))
        return [process.execPath, join(root, 'cli', 'micropop.mjs'), 'pop', '--config', file]
      }),
  }
}

function bareWs(deflate: boolean): Subject {
  return {
    name: deflate ? 'ws, permessage-deflate' : 'ws, bare',
    dialect: { path: '/', deflate, greet: () => [], publish: (text) => text },
    start: () =>
      started((port) => [
        process.execPath,
        here('bare-ws.ts'),
        String(port),
        ...(deflate ? ['deflate'] : []),
      ]),
  }
}

const socketIo: Subject = {
  name: 'Socket.IO 4',
  dialect: {
    path: '/socket.io/?EIO=4&transport=websocket',
    // Engine.IO 4: `0` opens, `40` joins the default namespace, `2` asks and `3` answers, `42` is an event.
    greet: () => ['40'],
    publish: (text) => `42${JSON.stringify(['m', text])}`,
    answer: (payload) => (payload.length === 1 && payload[0] === 0x32 ? '3' : null),
  },
  start: () => started((port) => [process.execPath, here('socket-io.ts'), String(port)]),
}

const nats: Subject = {
  name: 'NATS over WebSocket',
  missing: '`node tools/setup.mjs --nats` builds nats-server with Go',
  dialect: {
    path: '/',
    greet: () => [
      Buffer.from('CONNECT {"verbose":false,"pedantic":false,"lang":"bench","version":"1"}\r\n'),
      Buffer.from(`SUB ${EVERYBODY} 1\r\n`),
    ],
    publish: (text) => Buffer.from(`PUB ${EVERYBODY} ${Buffer.byteLength(text)}\r\n${text}\r\n`),
    answer: (payload) => (payload.subarray(0, 4).toString() === 'PING' ? Buffer.from('PONG\r\n') : null),
  },
  start: async () => {
    const program = findProgram('nats-server')
    if (program === null) return null
    return started(async (port, folder) => {
      const file = join(folder, 'nats.conf')
      const client = await freePort()
      await writeFile(
        file,
        `listen: 127.0.0.1:${client}\nwebsocket { listen: "127.0.0.1:${port}", no_tls: true }\n`,
      )
      return [program, '-c', file]
    })
  },
}

const mosquitto: Subject = {
  name: 'Mosquitto over WebSocket',
  missing: '`apt-get install mosquitto`',
  dialect: {
    path: '/mqtt',
    protocol: 'mqtt',
    greet: (client) => [
      mqtt.generate({
        cmd: 'connect',
        clientId: `bench-${client}`,
        clean: true,
        keepalive: 0,
        protocolVersion: 4,
      }),
      mqtt.generate({ cmd: 'subscribe', messageId: 1, subscriptions: [{ topic: EVERYBODY, qos: 0 }] }),
    ],
    publish: (text) =>
      mqtt.generate({ cmd: 'publish', topic: EVERYBODY, payload: text, qos: 0, dup: false, retain: false }),
  },
  start: async () => {
    const program = findProgram('mosquitto')
    if (program === null) return null
    return started(async (port, folder) => {
      const file = join(folder, 'mosquitto.conf')
      const lines = [
        // Without a plain listener, 2.0.11 says that it cannot start any.
        `listener ${await freePort()} 127.0.0.1`,
        // For WebSocket it takes the name of an interface where an address is documented.
        `listener ${port} lo`,
        'protocol websockets',
        'allow_anonymous true',
        'set_tcp_nodelay true',
        // Its default drops what a slow reader is behind with: then it would be measured as fast.
        'max_queued_messages 100000',
        '',
      ]
      await writeFile(file, lines.join('\n'))
      return [program, '-c', file]
    })
  },
}

export const SUBJECTS = {
  micropop: micropop(false),
  ws: bareWs(false),
  socketIo,
  nats,
  mosquitto,
  micropopDeflate: micropop(true),
  wsDeflate: bareWs(true),
} satisfies Record<string, Subject>
