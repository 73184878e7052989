// The links of a rehearsal as Toxiproxy proxies: attendees to their PoP, PoPs to central, and the cut of an uplink.
//
// The latency toxic stands first and the bandwidth toxic behind it, so that their times add up: the latency toxic
// counts from a chunk's arrival and would swallow a wait that came before it. Latency has no jitter (Toxiproxy's
// is uniform and unseeded); bandwidth holds for one connection.
import { type Proxy as LinkProxy, type ToxicDirection, Toxiproxy } from 'toxiproxy-node-client'
import type { LinkTarget } from '../../infra/event/event.ts'
import { MicropopError, MissingHere } from '../../runtime/errors.ts'
import { freePort, LOOPBACK, portTaken } from '../../runtime/free-ports.ts'
import type { LinkShape } from '../calibration/link-time.ts'
import type { RehearsalClock } from './clock.ts'
import { until } from './clock.ts'
import { type AccessAddresses, imageConnections, toxicDelays, toxicRate } from './link-shape.ts'
import type { ProcessGroup } from './process-group.ts'

const READY_WITHIN_MS = 10_000
const BOTH: ToxicDirection[] = ['upstream', 'downstream']

export class Links {
  readonly #server: Toxiproxy
  /** By venue and target. */
  readonly #uplinks = new Map<string, LinkProxy>()
  readonly #addresses = new Map<string, LinkProxy>()

  private constructor(server: Toxiproxy) {
    this.#server = server
  }

  /** Starts Toxiproxy in the group. Errors: MP_PORT_TAKEN, MP_TOXIPROXY. */
  static async start(options: {
    group: ProcessGroup
    command: string
    clock: RehearsalClock
    /** 0: any free port. */
    port?: number
    signal?: AbortSignal
  }): Promise<Links> {
    const { group, command, clock, signal } = options
    const port = await freePort(options.port)
    // Toxiproxy goes on without its API when the port is taken, so it has to be asked whether it is there.
    const child = await group.start({
      name: 'toxiproxy',
      command,
      args: ['-host', LOOPBACK, '-port', String(port)],
      env: { LOG_LEVEL: 'warn' },
      instrument: true,
    })
    const server = new Toxiproxy(`http://${LOOPBACK}:${port}`)
    await until(() => answers(server), {
      clock,
      everyMs: 20,
      limitMs: READY_WITHIN_MS,
      signal: AbortSignal.any([group.failure, ...(signal ? [signal] : [])]),
      onLate: () => new MissingHere('MP_TOXIPROXY', 'Toxiproxy does not answer', `Its log is ${child.log}.`),
    })
    const others = Object.keys(await server.getAll())
    if (others.length > 0) throw portTaken(port)
    return new Links(server)
  }

  /** One of the uplinks of a venue, towards `upstream`. Returns the address to give to the PoP. */
  async uplink(venue: string, target: LinkTarget, shape: LinkShape, upstream: string): Promise<string> {
    const proxy = await this.#proxy(`${target}/${venue}`, shape, upstream)
    this.#uplinks.set(`${target}/${venue}`, proxy)
    return proxy.listen
  }

  /** The access link `id`, towards the PoP at `upstream`. */
  async access(id: string, shape: LinkShape, upstream: string, images: number): Promise<AccessAddresses> {
    const share = { ...shape, rateBps: shape.rateBps / imageConnections(images) }
    const [session, image] = await Promise.all([
      this.#proxy(`session/${id}`, shape, upstream),
      this.#proxy(`images/${id}`, share, upstream),
    ])
    return { session: session.listen, images: image.listen }
  }

  /** An address whose other end can be moved, as a machine's address can on a hall's network: whole and without delay. */
  async address(name: string, upstream: string): Promise<string> {
    const proxy = await this.#plain(`address/${name}`, upstream)
    this.#addresses.set(name, proxy)
    return proxy.listen
  }

  /** From now on the address leads there; connections that were open are closed. */
  async move(name: string, upstream: string): Promise<void> {
    const proxy = this.#addresses.get(name)
    if (proxy === undefined) throw new Error(`No address ${name} in this run`)
    const { listen } = proxy
    this.#addresses.set(name, await proxy.update({ listen, upstream, enabled: true }))
  }

  /** From now on every byte on the uplink vanishes, in both directions, and nobody is told. */
  async cut(venue: string, target: LinkTarget): Promise<void> {
    const proxy = this.#uplinkOf(venue, target)
    await Promise.all(
      BOTH.map((stream) =>
        proxy.addToxic({
          name: cutName(stream),
          type: 'timeout',
          stream,
          toxicity: 1,
          attributes: { timeout: 0 },
        }),
      ),
    )
  }

  /** The uplink is back. Connections that lived through the cut are closed: their streams have holes. */
  async restore(venue: string, target: LinkTarget): Promise<void> {
    const proxy = this.#uplinkOf(venue, target)
    for (const stream of BOTH) await (await proxy.getToxic(cutName(stream))).remove()
  }

  #uplinkOf(venue: string, target: LinkTarget): LinkProxy {
    const proxy = this.#uplinks.get(`${target}/${venue}`)
    if (proxy === undefined) throw new Error(`No ${target} of venue ${venue} in this run`)
    return proxy
  }

  #plain(name: string, upstream: string): Promise<LinkProxy> {
    // A slash would end the name in the API's paths.
    const body = { name: name.replaceAll('/', '_'), listen: `${LOOPBACK}:0`, upstream, enabled: true }
    return this.#server.createProxy(body)
  }

  async #proxy(name: string, shape: LinkShape, upstream: string): Promise<LinkProxy> {
    try {
      const proxy = await this.#plain(name, upstream)
      const delays = toxicDelays(shape.rttMs)
      for (const stream of ['upstream', 'downstream'] as const) {
        const latency = { latency: delays[stream], jitter: 0 }
        await proxy.addToxic({
          name: `latency_${stream}`,
          type: 'latency',
          stream,
          toxicity: 1,
          attributes: latency,
        })
        const bandwidth = { rate: toxicRate(shape.rateBps) }
        await proxy.addToxic({
          name: `rate_${stream}`,
          type: 'bandwidth',
          stream,
          toxicity: 1,
          attributes: bandwidth,
        })
      }
      return proxy
    } catch (error) {
      throw new MicropopError(
        'MP_TOXIPROXY',
        `Toxiproxy refused the link ${name}: ${(error as Error).message}`,
        {
          exitCode: 5,
          remedy: 'Run again; if it stays, send the run folder with your report.',
          cause: error,
        },
      )
    }
  }
}

function cutName(stream: ToxicDirection): string {
  return `cut_${stream}`
}

async function answers(server: Toxiproxy): Promise<true | undefined> {
  try {
    await server.getVersion()
    return true
  } catch {
    return undefined
  }
}
