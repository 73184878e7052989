// Real nats-servers for tests: a hub and leaf nodes from the configuration in docs/nats, and a link between that breaks.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { accessSync, constants, mkdtempSync, rmSync } from 'node:fs'
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import { diesWithUs } from '../../central/testing/dies-with-us.ts'
import { freePort } from '../../free-ports.ts'

export const EVENT = 'summit'
export const POPS = ['hall', 'annex'] as const
export type PopName = (typeof POPS)[number]

const ROOT = fileURLToPath(new URL('../../../', import.meta.url))
const PASSWORD = 'p4ss-word'

/** The program, or why there is none to use. */
export function findNatsServer(): { file: string } | { missing: string } {
  const folders = [join(ROOT, '.tools', 'bin'), ...(process.env.PATH ?? '').split(delimiter)]
  const file = folders.map((folder) => join(folder, 'nats-server')).find(isProgram)
  return file === undefined ? { missing: 'no nats-server: run `node tools/setup.mjs --nats`' } : { file }
}

function isProgram(file: string): boolean {
  try {
    accessSync(file, constants.X_OK)
    return true
  } catch {
    return false
  }
}

/** A TCP link that can be cut: connections end, and new ones are refused until it is healed. */
class Link {
  readonly #server: Server
  readonly #sockets = new Set<Socket>()
  #cut = false

  static async to(port: number): Promise<Link> {
    const link = new Link(port)
    await once(link.#server.listen(0, '127.0.0.1'), 'listening')
    return link
  }

  private constructor(port: number) {
    this.#server = createServer((near) => {
      if (this.#cut) {
        near.destroy()
        return
      }
      const far = connect(port, '127.0.0.1')
      for (const [one, other] of [
        [near, far],
        [far, near],
      ] as const) {
        this.#sockets.add(one)
        one.pipe(other)
        // Either end may go at any moment: the other goes with it.
        one.on('error', () => other.destroy())
        one.on('close', () => {
          this.#sockets.delete(one)
          other.destroy()
        })
      }
    })
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port
  }

  cut(): void {
    this.#cut = true
    for (const socket of this.#sockets) socket.destroy()
  }

  heal(): void {
    this.#cut = false
  }

  async close(): Promise<void> {
    this.cut()
    this.#server.close()
    await once(this.#server, 'close')
  }
}

class NatsServer {
  readonly #file: string
  readonly #args: string[]
  readonly #environment: Record<string, string>
  #child: ChildProcess | null = null

  constructor(file: string, args: string[], environment: Record<string, string>) {
    this.#file = file
    this.#args = args
    this.#environment = environment
  }

  async start(): Promise<void> {
    const child = spawn(...diesWithUs('KILL', this.#file, this.#args), {
      env: { PATH: process.env.PATH, ...this.#environment },
      stdio: ['ignore', 'ignore', 'pipe'],
    })
    this.#child = child
    const said: string[] = []
    for await (const line of createInterface({ input: child.stderr as Readable })) {
      said.push(line)
      if (!line.includes('Server is ready')) continue
      child.stderr?.resume()
      return
    }
    throw new Error(`nats-server did not start:\n${said.join('\n')}`)
  }

  /** As a machine that dies. */
  async kill(): Promise<void> {
    const child = this.#child
    if (child === null || child.exitCode !== null || child.signalCode !== null) return
    child.kill('SIGKILL')
    await once(child, 'exit')
  }
}

function configured(name: string): string[] {
  return ['-c', join(ROOT, 'docs', 'nats', name)]
}

export interface JetStreamServer {
  /** NATS_URL, with user and password where it has no TLS. */
  url: string
  stop: () => Promise<void>
}

/** One server with JetStream and nothing else, as an operator starts it by hand; with TLS, `secured` is what it takes. */
export async function startJetStream(file: string, secured?: string[]): Promise<JetStreamServer> {
  const data = mkdtempSync(join(tmpdir(), 'micropop-nats-'))
  const port = await freePort()
  const where = ['--addr', '127.0.0.1', '--port', String(port), '--js', '--store_dir', data]
  const access = secured ?? ['--user', 'sweep', '--pass', PASSWORD]
  const server = new NatsServer(file, [...where, ...access], {})
  await server.start()
  return {
    url: secured ? `tls://127.0.0.1:${port}` : `nats://sweep:${PASSWORD}@127.0.0.1:${port}`,
    stop: async () => {
      await server.kill()
      rmSync(data, { recursive: true, force: true })
    },
  }
}

export interface NatsCluster {
  /** NATS_URL of central. */
  hubUrl: string
  hub: NatsServer
  /** NATS_URL of each PoP, and the link from its leaf node to the hub. */
  leafs: Record<PopName, { url: string; link: Link }>
  stop: () => Promise<void>
}

/** A hub and a leaf node for each PoP. */
export async function startCluster(file: string): Promise<NatsCluster> {
  const data = mkdtempSync(join(tmpdir(), 'micropop-nats-'))
  const [port, leafPort, monitorPort] = [await freePort(), await freePort(), await freePort()]
  const hub = new NatsServer(file, configured('hub.conf'), {
    HUB_HOST: '127.0.0.1',
    HUB_PORT: String(port),
    HUB_LEAF_PORT: String(leafPort),
    HUB_MONITOR_PORT: String(monitorPort),
    HUB_DATA: data,
    CENTRAL_PASSWORD: PASSWORD,
    HALL_PASSWORD: PASSWORD,
    ANNEX_PASSWORD: PASSWORD,
  })
  await hub.start()
  const started = await Promise.all(
    POPS.map(async (name) => {
      const link = await Link.to(leafPort)
      const own = await freePort()
      const server = new NatsServer(file, configured('leaf.conf'), {
        LEAF_NAME: name,
        LEAF_PORT: String(own),
        LEAF_MONITOR: `127.0.0.1:${await freePort()}`,
        POP_PASSWORD: PASSWORD,
        HUB_LEAF_URL: `nats-leaf://${name}:${PASSWORD}@127.0.0.1:${link.port}`,
      })
      await server.start()
      return { name, link, server, url: `nats://pop:${PASSWORD}@127.0.0.1:${own}` }
    }),
  )
  return {
    hubUrl: `nats://central:${PASSWORD}@127.0.0.1:${port}`,
    hub,
    leafs: Object.fromEntries(
      started.map(({ name, url, link }) => [name, { url, link }]),
    ) as NatsCluster['leafs'],
    stop: async () => {
      for (const { server, link } of started) {
        await server.kill()
        await link.close()
      }
      await hub.kill()
      rmSync(data, { recursive: true, force: true })
    },
  }
}
