// What predicate pushdown saves on the uplink: a minute of 2,000 ratings a second, sent up in full, by filter, and as
// standing aggregates.
//   node bench/pushdown/run.ts [RATINGS_PER_S] [SECONDS]
// Then the processor time that the filter or aggregate of each takes for a message.
// The PoP's state machine and uplink run under virtual time, with a disk that takes 10 ms a commit and a link that takes
// none; what is counted are the frames that it sends, with their WebSocket headers, heartbeats included. Every frame goes through central's
// door, and deltas are added up there: ends with 1 where the sum is not that of the ratings.
import { ChannelRules } from '../../runtime/broker/channel-rules.ts'
import { PopCore, type PopEffect } from '../../runtime/broker/pop-core.ts'
import { parseUplinkFrame } from '../../runtime/central/parse-frame.ts'
import type { ChannelRule, StandingAggregate } from '../../runtime/pop-config.ts'
import type { Aggregate, AggregateValue } from '../../runtime/protocol/filter.ts'
import type { PopUplinkFrame, UplinkRecord } from '../../runtime/protocol/uplink.ts'
import { createAggregator } from '../../runtime/queries/aggregates.ts'
import { compileFilter } from '../../runtime/queries/filter.ts'
import { foldDeltas } from '../../runtime/queries/fold-deltas.ts'
import { StandingAggregates } from '../../runtime/queries/standing-aggregates.ts'
import type { LogRecord } from '../../runtime/queue/record.ts'
import { batchFrame } from '../../runtime/queue/uplink-client.ts'
import { stream } from '../../simulator/engine/random.ts'

const perS = Number(process.argv[2] ?? 2_000)
const seconds = Number(process.argv[3] ?? 60)
const ATTENDEES = 2_000
const START_MS = Date.UTC(2026, 10, 24, 9)
const CHANNEL = 'collect.rating'
/** Ratings that come while the disk is busy make one commit, and mostly one frame. */
const COMMIT_MS = 10
const QUEUE_BYTES = 1e12
/** Over 2,000 messages each. */
const TIMED_PASSES = 100
/** Shares of 1 to 5 stars; a filter for the unhappy lets through a tenth. */
const STARS = [0.04, 0.06, 0.15, 0.3, 0.45]
const COMMENT = 'The panel on edge networks was worth it'

interface Subject {
  name: string
  upstream: ChannelRule['upstream']
  agg?: Aggregate
}

const SUBJECTS: Subject[] = [
  { name: 'all messages', upstream: 'all' },
  { name: 'where rating <= 2', upstream: { where: { le: ['body.rating', 2] } } },
  {
    name: 'count by rating, per client',
    upstream: 'none',
    agg: { is: 'count', by: 'body.rating', per: 'client' },
  },
  {
    name: 'histogram of rating',
    upstream: 'none',
    agg: { is: 'histogram', of: 'body.rating', edges: [2, 3, 4, 5] },
  },
  { name: 'top 10 clients', upstream: 'none', agg: { is: 'top', k: 10, by: 'client' } },
  { name: 'distinct clients', upstream: 'none', agg: { is: 'distinct', of: 'client' } },
]

interface Measured {
  bytes: number
  frames: number
  records: number
}

class Bench {
  readonly #subject: Subject
  readonly #core: PopCore
  readonly #log = new Map<string, LogRecord>()
  readonly #central: UplinkRecord[] = []
  readonly measured: Measured = { bytes: 0, frames: 0, records: 0 }
  #nowMs = 0
  #committing = false

  constructor(subject: Subject) {
    this.#subject = subject
    const rule = { match: CHANNEL, partitions: 1, slow: [], upstream: subject.upstream, relay: true }
    const standing: StandingAggregate[] = subject.agg
      ? [{ name: 'ratings', ch: CHANNEL, agg: subject.agg, everyMs: 5_000 }]
      : []
    this.#core = new PopCore({
      log: '00000000-0000-4000-8000-000000000000',
      queueBytesMax: QUEUE_BYTES,
      channels: new ChannelRules([rule]),
      parts: [new StandingAggregates(standing)],
      random: stream(1, 'retries'),
    })
  }

  run(): Measured {
    const random = stream(1, 'ratings')
    const seqs = new Map<string, number>()
    const expected = this.#subject.agg ? createAggregator(this.#subject.agg) : null
    for (let i = 0; i < perS * seconds; i++) {
      this.#passTo(Math.floor((i * 1_000) / perS / COMMIT_MS) * COMMIT_MS)
      const client = `attendee-${Math.floor(random() * ATTENDEES)}`
      const body = { rating: starsOf(random()), comment: COMMENT }
      const seq = (seqs.get(client) ?? 0) + 1
      seqs.set(client, seq)
      const at = START_MS + this.#nowMs
      const publish = {
        client,
        lane: 'interactive' as const,
        seq,
        ch: CHANNEL,
        at,
        t: at,
        ack: 'disk' as const,
        body,
      }
      const bytes = JSON.stringify({ ...publish, t: 'pub' }).length
      expected?.take({ ...publish, off: i + 1 })
      this.#perform(this.#core.publish({ ...publish, bytes }))
    }
    this.#passTo(seconds * 1_000 + 10_000)
    if (expected) this.#check(expected.value())
    return this.measured
  }

  /** What central has adds up to what was published. */
  #check(expected: AggregateValue): void {
    const values = foldDeltas(this.#central)
    if (canonical(values[0]?.value) === canonical(expected) && values[0]?.complete) return
    process.stdout.write(
      `${this.#subject.name}: central has ${canonical(values)}, not ${canonical(expected)}\n`,
    )
    process.exitCode = 1
  }

  #passTo(nowMs: number): void {
    if (nowMs === this.#nowMs) return
    this.#finishCommits()
    while (this.#core.wakeAtMs <= nowMs) {
      this.#nowMs = Math.max(this.#nowMs, this.#core.wakeAtMs)
      this.#perform(this.#core.wake(this.#nowMs, START_MS + this.#nowMs))
      this.#finishCommits()
    }
    this.#nowMs = nowMs
  }

  #finishCommits(): void {
    while (this.#committing) {
      this.#committing = false
      this.#perform(this.#core.committed(this.#nowMs, START_MS + this.#nowMs))
    }
  }

  #perform(effects: readonly PopEffect[]): void {
    for (const effect of effects) {
      switch (effect.do) {
        case 'commit':
          for (const record of effect.records) this.#log.set(`${record.lane} ${record.laneSeq}`, record)
          this.#committing = true
          break
        case 'connect':
          this.#perform(this.#core.uplinkInput({ is: 'opened' }, this.#nowMs))
          break
        case 'hello':
          this.#perform(this.#core.uplinkInput({ is: 'ready', watermarks: {} }, this.#nowMs))
          break
        case 'beat':
          this.#sent({ t: 'beat', n: effect.n })
          this.#perform(this.#core.uplinkInput({ is: 'beat', n: effect.n }, this.#nowMs))
          break
        case 'send':
          this.#send(effect)
          break
      }
    }
  }

  #send({ lane, first, count }: Extract<PopEffect, { do: 'send' }>): void {
    const records = Array.from(
      { length: count },
      (_, i) => this.#log.get(`${lane} ${first + i}`) as LogRecord,
    )
    this.#sent(batchFrame(lane, first, records))
    this.#perform(this.#core.uplinkInput({ is: 'applied', lane, through: first + count - 1 }, this.#nowMs))
  }

  #sent(frame: PopUplinkFrame): void {
    const text = JSON.stringify(frame)
    const bytes = Buffer.byteLength(text)
    this.measured.bytes += bytes + headerBytes(bytes)
    this.measured.frames++
    const parsed = parseUplinkFrame(text)
    if ('wrong' in parsed) throw new Error(`central refuses a frame: ${parsed.wrong}`)
    if (parsed.ok.t !== 'batch') return
    for (const record of parsed.ok.records) if (record !== null) this.#central.push(record)
    this.measured.records += parsed.ok.records.length
  }
}

/** Of a masked frame. Source: RFC 6455, section 5.2. */
function headerBytes(payload: number): number {
  if (payload < 126) return 6
  return payload < 65_536 ? 8 : 14
}

function starsOf(share: number): number {
  let stars = 1
  for (let sum = STARS[0] as number; sum <= share && stars < STARS.length; stars++)
    sum += STARS[stars] as number
  return stars
}

/** Groups have no order. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_, inner) =>
    typeof inner === 'object' && inner !== null && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  )
}

/** Of the filter and the aggregator alone, after as many to warm up. */
function nsPerMessage({ upstream, agg }: Subject): number {
  const matches = compileFilter(typeof upstream === 'object' ? upstream.where : undefined)
  const aggregator = agg ? createAggregator(agg) : null
  const messages = Array.from({ length: ATTENDEES }, (_, i) => ({
    client: `attendee-${i}`,
    at: i,
    t: i,
    off: i,
    body: { rating: 1 + (i % STARS.length), comment: COMMENT },
  }))
  const pass = () => {
    for (const message of messages) if (matches(message)) aggregator?.take(message)
  }
  for (let i = 0; i < TIMED_PASSES; i++) pass()
  const started = performance.now()
  for (let i = 0; i < TIMED_PASSES; i++) pass()
  return ((performance.now() - started) * 1e6) / (TIMED_PASSES * messages.length)
}

process.stdout.write(`${perS * seconds} ratings of ${ATTENDEES} attendees in ${seconds} s\n`)
let all = 0
for (const subject of SUBJECTS) {
  const { bytes, frames, records } = new Bench(subject).run()
  all ||= bytes
  process.stdout.write(
    `${subject.name.padEnd(28)} ${String(bytes).padStart(10)} B ${String(records).padStart(7)} records ` +
      `${String(frames).padStart(6)} frames ${((100 * bytes) / all).toFixed(3).padStart(8)} % of all ` +
      `${nsPerMessage(subject).toFixed(0).padStart(6)} ns a message\n`,
  )
}
