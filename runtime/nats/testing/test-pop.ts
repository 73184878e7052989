// A PoP without sessions for tests: the real core and uplink, a log in memory that outlives `kill`, and what it delivered.
import { pino } from 'pino'
import { ChannelRules } from '../../broker/channel-rules.ts'
import { PopCore, type PopEffect, type PublishInput } from '../../broker/pop-core.ts'
import { systemClock } from '../../pop/clock.ts'
import type { LogEntry, LogRecord } from '../../queue/record.ts'
import { UplinkClient } from '../../queue/uplink-client.ts'
import { type NatsSettings, natsFromEnvironment } from '../connection.ts'
import { type NatsUplink, natsUplink } from '../nats-uplink.ts'
import { EVENT, type PopName } from './nats-servers.ts'

export interface TestPopOptions {
  pop: PopName
  natsUrl: string
  /** What an earlier run left on its disk. */
  disk?: LogEntry[]
}

export class TestPop {
  readonly pop: PopName
  readonly core: PopCore
  /** Everything durable, oldest first. */
  readonly disk: LogEntry[]
  readonly delivered: LogRecord[] = []
  readonly acked: string[] = []
  readonly warnings: string[] = []
  readonly #uplink: UplinkClient
  readonly #nats: NatsUplink
  #timer: NodeJS.Timeout | undefined
  #killed = false

  constructor({ pop, natsUrl, disk }: TestPopOptions) {
    this.pop = pop
    this.core = new PopCore({
      log: `log-of-${pop}`,
      queueBytesMax: 1_000_000_000,
      channels: new ChannelRules([
        { match: 'hall.*', partitions: 1, slow: [], upstream: 'all', relay: false },
      ]),
      random: Math.random,
    })
    this.disk = disk ?? [{ checkpoint: this.core.checkpoint() }]
    for (const entry of this.disk) this.core.replay(entry)
    const log = pino({ level: 'warn' }, { write: (line: string) => void this.warnings.push(line) })
    this.#nats = natsUplink({
      nats: natsFromEnvironment({ NATS_URL: natsUrl }) as NatsSettings,
      event: EVENT,
      pop,
      clock: systemClock,
      relayed: (position, publishes) => this.#perform(this.core.relayed(position, publishes)),
      log,
    })
    this.#uplink = new UplinkClient({
      path: 0,
      uplink: { name: 'nats', url: 'ws://127.0.0.1:9/uplink' },
      token: null,
      hello: () => ({ t: 'uplink', event: EVENT, pop, log: this.core.epoch }),
      read: async (lane, first, count) =>
        this.#lane(lane).filter(({ laneSeq }) => laneSeq >= first && laneSeq < first + count),
      input: (input) => this.#perform(this.core.uplinkInput(input, systemClock.monotonicMs())),
      open: this.#nats.open,
      log,
    })
    this.#perform(this.core.wake(systemClock.monotonicMs()))
  }

  /** A client of this PoP publishes. */
  publish(client: string, seq: number, more: Partial<PublishInput> = {}): void {
    const now = systemClock.wallMs()
    const body = `${client} ${seq} at ${this.pop}`
    this.#perform(
      this.core.publish({
        client,
        lane: 'interactive',
        seq,
        ch: 'room',
        at: now,
        t: now,
        ack: 'disk',
        body,
        bytes: 150,
        ...more,
      }),
    )
  }

  /** Sequence numbers of a client in the order in which subscribers got them. */
  seen(client: string): number[] {
    return this.delivered.filter((record) => record.client === client).map(({ seq }) => seq)
  }

  /** As a process that is killed: what is on disk stays. */
  async kill(): Promise<LogEntry[]> {
    this.#killed = true
    clearTimeout(this.#timer)
    this.#uplink.close()
    await this.#nats.stop()
    return this.disk
  }

  #lane(lane: LogRecord['lane']): LogRecord[] {
    return this.disk.flatMap((entry) =>
      'message' in entry && entry.message.lane === lane ? [entry.message] : [],
    )
  }

  #perform(effects: readonly PopEffect[]): void {
    if (this.#killed) return
    for (const effect of effects) {
      if (effect.do === 'commit') setImmediate(() => this.#commit(effect.records))
      else if (effect.do === 'deliver') this.delivered.push(effect.record)
      else if (effect.do === 'ack') this.acked.push(`${effect.client} ${effect.seq} ${effect.durable}`)
      else if (effect.do === 'relayed') this.#nats.relayed(effect.position, effect.taken)
      else if (effect.do === 'connect') this.#uplink.connect()
      else if (effect.do === 'disconnect') this.#uplink.disconnect(effect.why)
      else if (effect.do === 'hello') this.#uplink.hello()
      else if (effect.do === 'send') this.#uplink.batch(effect.lane, effect.first, effect.count)
      else if (effect.do === 'beat') this.#uplink.beat(effect.n)
    }
    clearTimeout(this.#timer)
    const delayMs = Math.max(0, this.core.wakeAtMs - systemClock.monotonicMs())
    this.#timer = setTimeout(
      () => this.#perform(this.core.wake(systemClock.monotonicMs())),
      Math.ceil(delayMs),
    )
  }

  #commit(records: LogRecord[]): void {
    if (this.#killed) return
    this.disk.push(...records.map((message) => ({ message })))
    this.#perform(this.core.committed(systemClock.monotonicMs(), systemClock.wallMs()))
  }
}
