// What goes to which thread, with a real core and real queries; every turn of the event loop is taken by hand.
import { pino } from 'pino'
import { expect, test } from 'vitest'
import { queryKey } from '../queries/filter.ts'
import { Queries } from '../queries/queries.ts'
import type { LogRecord } from '../queue/record.ts'
import type { Delivery } from './message-frames.ts'
import { PopCore, type PopEffect } from './pop-core.ts'
import type { PublishInput } from './pop-io.ts'
import type { FromCore, ToCore } from './session-link.ts'
import { SessionRouter } from './session-router.ts'
import type { Claim } from './tokens.ts'

const COUNT = { is: 'count' } as const
const KEY = queryKey('room', undefined, COUNT)

/** A router with two threads, and a disk that has what it is given at once. */
class Threads {
  readonly queries = new Queries()
  readonly core = new PopCore({
    log: 'log',
    queueBytesMax: 1e9,
    parts: [this.queries],
    random: () => 0.5,
  })
  readonly commits: LogRecord[][] = []
  readonly batches: FromCore[][][] = [[], []]
  readonly claims = new Map<string, PromiseWithResolvers<Claim>>()
  #soon: (() => void)[] = []
  readonly router = new SessionRouter({
    core: this.core,
    queries: this.queries,
    used: {
      claim: (id) => {
        const claim = Promise.withResolvers<Claim>()
        this.claims.set(id, claim)
        return claim.promise
      },
    },
    perform: (effects) => this.#perform(effects),
    soon: (act) => this.#soon.push(act),
    nowMs: () => 0,
    wallMs: () => 0,
    log: pino({ level: 'silent' }),
  })

  constructor() {
    for (const batches of this.batches) this.router.addThread((items) => batches.push(items))
  }

  tell(thread: number, ...items: ToCore[]): void {
    this.router.receive(thread, items)
  }

  /** What the thread was told in this turn, in batches. */
  turn(thread: number): FromCore[][] {
    for (const act of this.#soon.splice(0)) act()
    return (this.batches[thread] as FromCore[][]).splice(0)
  }

  #perform(effects: readonly PopEffect[]): void {
    for (const effect of effects) {
      if (effect.do === 'commit') {
        this.commits.push(effect.records)
        this.#perform(this.core.committed(0))
      } else if (effect.do === 'ack') {
        this.router.ack(effect.client, effect.lane, effect.seq, effect.durable)
      } else if (effect.do === 'deliver') {
        this.router.deliver(effect.record)
      } else if (effect.do === 'result') {
        this.router.result(effect.key, effect.value)
      }
    }
  }
}

function publish(seq: number, client = 'ann'): ToCore {
  const of: PublishInput = {
    client,
    lane: 'interactive',
    seq,
    ch: 'room',
    at: 0,
    t: 0,
    ack: 'disk',
    body: seq,
    bytes: 10,
  }
  return { do: 'publish', publish: of }
}

const hello = (session: number, client: string): ToCore => ({ do: 'hello', session, client, from: undefined })
const query: ToCore = { do: 'query', key: KEY, query: { ch: 'room', agg: COUNT } }
const deliveries = (batch: FromCore[] = []): Delivery[] =>
  batch.flatMap((item) => (item.do === 'deliver' ? [item.delivery] : []))

test('what comes in one turn shares a commit, and what goes out in one turn a batch', () => {
  const threads = new Threads()
  threads.tell(1, hello(7, 'ann'))
  threads.turn(1)
  threads.tell(1, publish(1), publish(2), publish(3))
  expect(threads.commits.map((records) => records.length)).toEqual([3])
  const [batch, ...others] = threads.turn(1)
  expect(others).toEqual([])
  expect(deliveries(batch).map(({ off }) => off)).toEqual([1, 2, 3])
  expect(threads.turn(0).map((one) => one.map((item) => item.do))).toEqual([
    ['deliver', 'deliver', 'deliver'],
  ])
})

test('a client that comes to another thread leaves the first, and is acknowledged where it is, in ranges', () => {
  const threads = new Threads()
  threads.tell(0, hello(1, 'ann'))
  threads.turn(0)
  threads.tell(1, hello(2, 'ann'))
  expect(threads.turn(0)).toEqual([[{ do: 'replace', session: 1 }]])
  expect(threads.turn(1)).toEqual([[{ do: 'welcome', session: 2, acked: {} }]])
  threads.tell(0, { do: 'gone', session: 1 })
  expect(threads.router.sessions).toBe(1)
  threads.router.ack('ann', 'interactive', 1, 'disk')
  threads.router.ack('ann', 'interactive', 2, 'disk')
  threads.router.ack('ann', 'interactive', 3, 'central')
  expect(threads.turn(0)).toEqual([])
  expect(threads.turn(1)).toEqual([
    [
      { do: 'ack', client: 'ann', lane: 'interactive', from: 1, seq: 2, durable: 'disk' },
      { do: 'ack', client: 'ann', lane: 'interactive', from: 3, seq: 3, durable: 'central' },
    ],
  ])
})

test('the router is empty when the last session is gone', async () => {
  const threads = new Threads()
  await threads.router.empty()
  threads.tell(0, hello(1, 'ann'))
  const empty = threads.router.empty()
  threads.tell(0, { do: 'gone', session: 1 })
  await empty
})

test('a query waits for the past and counts each message once, whatever comes meanwhile', () => {
  const threads = new Threads()
  threads.tell(0, publish(1), publish(2))
  threads.tell(0, query, publish(3))
  threads.tell(1, query)
  const batch = threads.turn(0)[0] ?? []
  const at = batch.findIndex((item) => item.do === 'past')
  const messages = deliveries(batch.slice(0, at))
  expect(messages.map(({ off }) => off)).toEqual([1, 2])
  const { opening } = batch[at] as Extract<FromCore, { do: 'past' }>
  expect(batch.filter((item) => item.do === 'result')).toEqual([])
  // A thread that had more than what was before is no harm.
  threads.tell(0, { do: 'past', key: KEY, opening, messages: deliveries(batch) })
  const value = { is: 'count', n: 3 }
  expect(threads.turn(0)).toEqual([[{ do: 'result', key: KEY, value }]])
  expect(threads.turn(1).flat().at(-1)).toEqual({ do: 'result', key: KEY, value })
})

test('the past that was asked for a query that ended is not counted in its successor', () => {
  const threads = new Threads()
  threads.tell(0, publish(1), query, { do: 'unquery', key: KEY }, query)
  const batch = threads.turn(0)[0] ?? []
  const messages = deliveries(batch)
  const openings = batch.flatMap((item) => (item.do === 'past' ? [item.opening] : []))
  expect(openings).toEqual([1, 2])
  for (const opening of openings) threads.tell(0, { do: 'past', key: KEY, opening, messages })
  expect(threads.turn(0)).toEqual([[{ do: 'result', key: KEY, value: { is: 'count', n: 1 } }]])
})

test('a use of a token that cannot be kept lets nobody in', async () => {
  const threads = new Threads()
  threads.tell(0, { do: 'claim', claim: 5, id: 'token', expiresAtMs: 1 })
  threads.claims.get('token')?.reject(new Error('the disk is gone'))
  await expect.poll(() => threads.turn(0)).toEqual([[{ do: 'claimed', claim: 5, as: 'full' }]])
})
