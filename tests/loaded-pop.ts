// What real PoPs are loaded with and held to: processes, attendees with outboxes, and what central has in the end.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { afterEach } from 'vitest'
import type { ExportedMessage, ExportedWatermark } from '../runtime/central/export.ts'
import { diesWithUs } from '../runtime/central/testing/dies-with-us.ts'
import type { QueueState } from '../runtime/pop/queue-state.ts'
import { PATHS } from '../runtime/ports.ts'
import type { Durability, Lane } from '../runtime/protocol/lanes.ts'
import { COLLECT_PREFIX, type PopFrame } from '../runtime/protocol/session.ts'
import { pick } from '../runtime/testing/seeded-random.ts'
import { type Publication, SessionClient } from '../runtime/testing/session-client.ts'

export const COMMAND = fileURLToPath(new URL('../cli/micropop.mjs', import.meta.url))
export const EVENT = 'kill-test'
/** What JSON may carry and disks, sockets or databases have been known to change. */
const ODD_TEXTS = ['', '\u0000', '\ud800', '\u{1f600}', '"\\\n\u2028', 'é e\u0301']

/** Undone after each test, the newest first. */
export const cleanUp: (() => unknown)[] = []
afterEach(async () => {
  for (const undo of cleanUp.splice(0).reverse()) await undo()
})

export async function folder(name: string): Promise<string> {
  const made = await mkdtemp(join(tmpdir(), `micropop-${name}-`))
  cleanUp.push(() => rm(made, { recursive: true, force: true }))
  return made
}

/** `micropop pop`, or another verb that prints a line once it is ready. */
export class PopProcess {
  readonly child: ChildProcess
  readonly ended: Promise<unknown>
  stderr = ''

  /** `command`: another version's. */
  constructor(
    configFile: string,
    more: readonly string[] = [],
    verb = 'pop',
    command = COMMAND,
    environment: NodeJS.ProcessEnv = {},
  ) {
    const args = [command, verb, '--config', configFile, '--log-level', 'error', ...more]
    this.child = spawn(...diesWithUs('KILL', process.execPath, args), {
      env: { ...process.env, ...environment },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    this.child.stderr?.on('data', (chunk) => {
      this.stderr += chunk
    })
    this.ended = once(this.child, 'close')
    cleanUp.push(() => this.kill())
  }

  async ready(): Promise<{ session: string; admin: string }> {
    for await (const line of createInterface({ input: this.child.stdout as NodeJS.ReadableStream })) {
      const { port, adminPort } = JSON.parse(line)
      return { session: `ws://127.0.0.1:${port}${PATHS.session}`, admin: `http://127.0.0.1:${adminPort}` }
    }
    throw new Error(`the PoP did not start: ${this.stderr}`)
  }

  async kill(): Promise<void> {
    this.child.kill('SIGKILL')
    await this.ended
  }
}

export interface Promised {
  body: unknown
  durable: Durability
}

/** An attendee with an outbox, as the wire asks for: what is not acknowledged is sent again after a reconnect. */
export class Attendee {
  readonly client: string
  readonly promised = new Map<string, Promised>()
  readonly refused = new Map<string, string>()
  readonly outbox = new Map<string, Publication>()
  readonly #seqs = new Map<Lane, number>()
  readonly #random: () => number
  readonly #acknowledged: (durable: Durability) => void

  readonly #personal: Durability

  /** `personal`: what most of its messages wait for. */
  constructor(
    client: string,
    random: () => number,
    acknowledged: (durable: Durability) => void,
    personal: Durability = 'disk',
  ) {
    this.client = client
    this.#random = random
    this.#acknowledged = acknowledged
    this.#personal = personal
  }

  /**
   * One session: sends the outbox, then `count` new messages, no more than `outboxMax` of them unanswered, and listens
   * until the PoP is gone or all is answered.
   */
  async live(url: string, count: number, outboxMax = Number.POSITIVE_INFINITY): Promise<void> {
    try {
      const session = await SessionClient.open(url, this.client)
      cleanUp.push(() => session.drop())
      for (const publication of this.outbox.values()) session.publish(publication)
      let left = count
      const sendMore = () => {
        for (; left > 0 && this.outbox.size < outboxMax; left--) session.publish(this.#compose())
      }
      sendMore()
      while (this.outbox.size > 0) {
        await session.until(() => session.frames.length > 0)
        for (const frame of session.frames.splice(0)) this.#take(frame)
        sendMore()
      }
      session.drop()
    } catch (error) {
      // The PoP was killed: what is in the outbox goes out with the next session.
      if (!/session ended|ECONNREFUSED|ECONNRESET|hang up/.test(String(error))) throw error
    }
  }

  #compose(): Publication {
    const roll = this.#random()
    const lane: Lane = roll < 0.2 ? 'critical' : roll < 0.8 ? 'interactive' : 'bulk'
    const ack: Durability = roll < 0.7 ? this.#personal : roll < 0.85 ? 'central' : 'memory'
    const seq = (this.#seqs.get(lane) ?? 0) + 1
    this.#seqs.set(lane, seq)
    const ch = this.#random() < 0.8 ? 'room' : `${COLLECT_PREFIX}poll`
    const odd = ODD_TEXTS[pick(this.#random, ODD_TEXTS.length)]
    const body = [this.client, lane, seq, odd, 'x'.repeat(pick(this.#random, 400))]
    const publication: Publication = { lane, seq, ch, body, ack }
    this.outbox.set(`${lane}/${seq}`, publication)
    return publication
  }

  #take(frame: PopFrame): void {
    if (frame.t === 'err') {
      if (frame.seq === undefined) throw new Error(`${frame.code}: ${frame.why}`)
      this.refused.set(`${frame.lane}/${frame.seq}`, frame.code)
      this.outbox.delete(`${frame.lane}/${frame.seq}`)
    }
    if (frame.t !== 'ack') return
    for (let seq = frame.from ?? frame.seq; seq <= frame.seq; seq++)
      this.#acked(frame.lane, seq, frame.durable)
  }

  #acked(lane: Lane, seq: number, durable: Durability): void {
    const id = `${lane}/${seq}`
    const publication = this.outbox.get(id)
    if (!publication) return
    if (publication.ack === 'central' && durable !== 'central') throw new Error(`${id} waits for central`)
    this.outbox.delete(id)
    this.promised.set(id, { body: publication.body, durable })
    this.#acknowledged(durable)
  }
}

export async function exported(adminUrl: string): Promise<(ExportedMessage & { body: unknown })[]> {
  const text = await (await fetch(`${adminUrl}/v1/messages?event=${EVENT}&bodies=true`)).text()
  return text
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line))
}

export async function watermarks(adminUrl: string): Promise<ExportedWatermark[]> {
  return (await (await fetch(`${adminUrl}/v1/watermarks?event=${EVENT}`)).json()) as ExportedWatermark[]
}

export async function queueState(admin: string): Promise<QueueState> {
  return (await (await fetch(`${admin}/v1/queue`)).json()) as QueueState
}
