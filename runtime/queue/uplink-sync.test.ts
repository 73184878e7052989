// The uplink over a lossy link under virtual time: everything arrives exactly once, in order, within the bounds.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { LANES, type Lane } from '../protocol/lanes.ts'
import { seededRandom } from '../testing/seeded-random.ts'
import { ModelledUplink, type Outage } from './testing/modelled-uplink.ts'
import { UPLINK_DEFAULTS, type UplinkEffect, UplinkSync } from './uplink-sync.ts'

const { deadAfterMs, connectTimeoutMs, retryMinMs, retryMaxMs, beatEveryMs } = UPLINK_DEFAULTS
const RECORD_BYTES_MAX = 2_000
/** Of one property, shrinking of what it found included. */
const BOUNDED = { interruptAfterTimeLimit: 20_000, markInterruptAsFailure: true }

const outages = fc.array(
  fc.record<Outage>({
    is: fc.constantFrom('reset', 'silent'),
    atMs: fc.integer({ min: 0, max: 60_000 }),
    forMs: fc.integer({ min: 1, max: 12_000 }),
  }),
  { maxLength: 6 },
)
const pushes = fc.array(
  fc.record({
    atMs: fc.integer({ min: 0, max: 60_000 }),
    lane: fc.constantFrom<Lane>(...LANES),
    sizes: fc.array(fc.integer({ min: 1, max: RECORD_BYTES_MAX }), { minLength: 1, maxLength: 150 }),
  }),
  { maxLength: 25 },
)

interface World {
  outages: Outage[]
  pushes: { atMs: number; lane: Lane; sizes: number[] }[]
  latencyMs: number
  bytesPerMs: number
  seed: number
}

const world = fc.record<World>({
  outages,
  pushes,
  latencyMs: fc.integer({ min: 0, max: 300 }),
  bytesPerMs: fc.integer({ min: 20, max: 20_000 }),
  seed: fc.integer(),
})

function build({ outages, pushes, latencyMs, bytesPerMs, seed }: World, dropped?: Set<number>) {
  const random = seededRandom(seed)
  const sync = new UplinkSync(random)
  const commitMs = () => random() * 40
  const links = [{ outages, latencyMs, bytesPerMs }]
  const uplink = new ModelledUplink({ sync, links, commitMs, ...(dropped && { dropped }) })
  for (const { atMs, lane, sizes } of pushes) uplink.at(atMs, () => uplink.push(lane, sizes))
  return { sync, uplink }
}

function expectAllOnce(uplink: ModelledUplink, sent: World['pushes']): void {
  for (const lane of LANES) {
    const count = sent.filter((push) => push.lane === lane).reduce((sum, { sizes }) => sum + sizes.length, 0)
    expect(uplink.applied[lane]).toEqual(Array.from({ length: count }, (_, i) => i + 1))
  }
}

/** Long after the last outage and push, at the slowest link: everything had its time. */
const LONG_AFTER_MS = 600_000

function run<T extends UplinkEffect['do']>(uplink: ModelledUplink, kind: T) {
  return uplink.effects.flatMap(({ atMs, effect }) =>
    effect.do === kind ? [{ atMs, effect: effect as Extract<UplinkEffect, { do: T }> }] : [],
  )
}

describe('over a link that drops and falls silent at any moment', () => {
  test('central gets every record exactly once in lane order, and the backlog drains', () => {
    fc.assert(
      fc.property(world, (given) => {
        const { sync, uplink } = build(given)
        uplink.run(LONG_AFTER_MS)
        expectAllOnce(uplink, given.pushes)
        expect([sync.backlog, sync.backlogBytes]).toEqual([0, 0])
        expect(sync.connected).toBe(true)
        const applied = run(uplink, 'applied')
        for (const lane of LANES) {
          const through = applied
            .filter(({ effect }) => effect.lane === lane)
            .map(({ effect }) => effect.through)
          expect(through).toEqual([...new Set(through)].sort((a, b) => a - b))
          expect(through.at(-1) ?? 0).toBe(uplink.applied[lane].length)
        }
      }),
      { numRuns: 150, ...BOUNDED },
    )
  })

  test('a batch leaves only while what is on its way is within the window and the quarter for urgent lanes', () => {
    fc.assert(
      fc.property(world, (given) => {
        // After a silence central may say more than was asked on this connection: what the one before held came too.
        const outages = given.outages.filter(({ is }) => is === 'reset')
        const { uplink } = build({ ...given, outages })
        uplink.run(LONG_AFTER_MS)
        expect(uplink.overWindowBytesMax).toBeLessThan(0)
      }),
      { numRuns: 60, ...BOUNDED },
    )
  })

  test('no record is sent twice on one connection', () => {
    fc.assert(
      fc.property(world, (given) => {
        const { uplink } = build(given)
        uplink.run(LONG_AFTER_MS)
        let next: Partial<Record<Lane, number>> = {}
        for (const { effect } of uplink.effects) {
          if (effect.do === 'connect') next = {}
          if (effect.do !== 'send') continue
          // Above what was sent here only where central had more by then, from the connection before.
          expect(effect.first).toBeGreaterThanOrEqual(next[effect.lane] ?? effect.first)
          next[effect.lane] = effect.first + effect.count
        }
      }),
      { numRuns: 60, ...BOUNDED },
    )
  })
})

describe('batches that central drops', () => {
  const losses = fc.uniqueArray(fc.integer({ min: 0, max: 60 }), { maxLength: 10 })

  test('are sent again from the gap, each record still exactly once', () => {
    fc.assert(
      fc.property(world, losses, (given, dropped) => {
        const { sync, uplink } = build({ ...given, outages: [] }, new Set(dropped))
        uplink.run(LONG_AFTER_MS)
        expectAllOnce(uplink, given.pushes)
        expect(sync.backlog).toBe(0)
      }),
      { numRuns: 100, ...BOUNDED },
    )
  })

  test('do not make it send the window again for each gap that was on its way', () => {
    const sizes = Array.from({ length: 600 }, () => 1_000)
    const given = { outages: [], pushes: [{ atMs: 0, lane: 'bulk' as const, sizes }], latencyMs: 100 }
    const { uplink } = build({ ...given, bytesPerMs: 1_000, seed: 1 }, new Set([0]))
    uplink.run(LONG_AFTER_MS)
    expect(uplink.applied.bulk).toHaveLength(600)
    const [connect] = run(uplink, 'connect').slice(-1)
    const before = run(uplink, 'send').filter(({ atMs }) => atMs < (connect?.atMs ?? 0))
    const sentBytes = before.reduce((sum, { effect }) => sum + effect.bytes, 0)
    expect(run(uplink, 'connect')).toHaveLength(2)
    expect(uplink.sentBytes).toBeLessThanOrEqual(600_000 + sentBytes)
  })
})

describe('a dead link', () => {
  test('is given up within deadAfterMs of the last sign of life', () => {
    fc.assert(
      fc.property(fc.integer({ min: 500, max: 30_000 }), fc.integer(), (atMs, seed) => {
        const silent: Outage = { is: 'silent', atMs, forMs: 60_000 }
        const { uplink } = build({ outages: [silent], pushes: [], latencyMs: 40, bytesPerMs: 1_000, seed })
        uplink.run(atMs - 1)
        const [first] = run(uplink, 'disconnect')
        expect(first).toBeUndefined()
        uplink.run(atMs + deadAfterMs)
        const lastHeardMs = uplink.lastHeardMs
        const [given] = run(uplink, 'disconnect')
        expect(given?.effect.why).toBe('central is silent')
        expect((given?.atMs ?? 0) - lastHeardMs).toBeLessThan(deadAfterMs + 0.001)
        expect((given?.atMs ?? 0) - lastHeardMs).toBeGreaterThan(deadAfterMs - beatEveryMs)
      }),
    )
  })

  test('is told from a quiet one by beats, without any data', () => {
    const { sync, uplink } = build({ outages: [], pushes: [], latencyMs: 50, bytesPerMs: 1_000, seed: 1 })
    uplink.run(600_000)
    expect(run(uplink, 'connect')).toHaveLength(1)
    expect(sync.connected).toBe(true)
    expect(run(uplink, 'beat').length).toBeGreaterThanOrEqual(600_000 / beatEveryMs - 2)
  })

  test('is not a slow one: the largest message arrives at 40 kbit/s, and at 100 behind others', () => {
    for (const [bytesPerMs, sizes] of [
      [5, [128 * 1024]],
      [12.5, [...Array(100).fill(500), 64 * 1024]],
    ] as const) {
      const given = { outages: [], pushes: [{ atMs: 2_000, lane: 'bulk' as const, sizes: [...sizes] }] }
      const { uplink, sync } = build({ ...given, latencyMs: 25, bytesPerMs, seed: 1 })
      uplink.run(60_000)
      expect(run(uplink, 'disconnect')).toEqual([])
      expect(sync.backlog).toBe(0)
    }
  })

  test('that swallows the greeting is given up after the connect timeout', () => {
    const sync = new UplinkSync(seededRandom(1))
    expect(sync.wake(0)).toEqual([{ do: 'connect', path: 0 }])
    expect(sync.input({ is: 'opened' }, 10)).toEqual([{ do: 'hello', path: 0 }])
    expect(sync.wake(connectTimeoutMs - 1)).toEqual([])
    expect(sync.wake(connectTimeoutMs)).toEqual([
      { do: 'disconnect', path: 0, why: 'no answer from central' },
    ])
    expect(sync.connected).toBe(false)
  })
})

describe('retries', () => {
  /** Delays between an end of the link and the next attempt, the first after a working connection. */
  function delays(seed: number): number[] {
    const given = { pushes: [], latencyMs: 0, bytesPerMs: 1_000, seed }
    const { uplink } = build({ ...given, outages: [{ is: 'reset', atMs: 5_000, forMs: 60_000 }] })
    uplink.run(64_000)
    const connects = run(uplink, 'connect').map(({ atMs }) => atMs)
    return connects.slice(1).map((atMs, i) => atMs - (i === 0 ? 5_000 : (connects[i] as number)))
  }

  test('come no earlier than the minimum, no later than the maximum, and later as they fail', () => {
    fc.assert(
      fc.property(fc.integer(), (seed) => {
        const waited = delays(seed)
        expect(waited.length).toBeGreaterThan(15)
        for (const [i, delay] of waited.entries()) {
          expect(delay).toBeGreaterThanOrEqual(retryMinMs)
          expect(delay).toBeLessThanOrEqual(Math.min(retryMaxMs, retryMinMs * 2 ** (i + 1)))
        }
      }),
    )
  })

  test('are spread over the whole range, the first one too: many PoPs do not come back at once', () => {
    const all = Array.from({ length: 200 }, (_, seed) => delays(seed))
    for (const nth of [0, 10]) {
      const ceiling = Math.min(retryMaxMs, retryMinMs * 2 ** (nth + 1))
      const slots = new Set(
        all.map((one) => Math.floor((10 * ((one[nth] ?? 0) - retryMinMs)) / (ceiling - retryMinMs))),
      )
      expect(slots.size).toBeGreaterThanOrEqual(10)
    }
  })
})

describe('a log that is behind central', () => {
  test('stops syncing for good', () => {
    const sync = new UplinkSync(seededRandom(1))
    sync.push('bulk', 10)
    sync.wake(0)
    sync.input({ is: 'opened' }, 1)
    expect(sync.input({ is: 'ready', watermarks: { bulk: 2 } }, 2)).toEqual([
      { do: 'regressed', lane: 'bulk', central: 2, local: 1 },
      { do: 'disconnect', path: 0, why: 'central has more or other records of this log than the log itself' },
    ])
    expect(sync.wakeAtMs).toBe(Number.POSITIVE_INFINITY)
    expect(sync.wake(10 ** 9)).toEqual([])
    sync.push('bulk', 10)
    expect(sync.pump(10 ** 9)).toEqual([])
    expect(sync.input({ is: 'ready', watermarks: {} }, 10 ** 9)).toEqual([])
  })

  test('or an old copy of itself stops the same way, when central says so', () => {
    const sync = new UplinkSync(seededRandom(1))
    sync.wake(0)
    sync.input({ is: 'opened' }, 1)
    sync.input({ is: 'ready', watermarks: {} }, 2)
    expect(sync.input({ is: 'rewound' }, 3)[0]).toEqual({ do: 'rewound' })
    expect(sync.connected).toBe(false)
    expect(sync.wake(10 ** 9)).toEqual([])
  })
})

describe('a central that lost what it had acknowledged', () => {
  function synced(): UplinkSync {
    const sync = new UplinkSync(seededRandom(1))
    for (let i = 0; i < 5; i++) sync.push('state', 10)
    sync.wake(0)
    sync.input({ is: 'opened' }, 1)
    sync.input({ is: 'ready', watermarks: {} }, 2)
    sync.input({ is: 'applied', lane: 'state', through: 5 }, 3)
    return sync
  }
  /** The log has let go of what central had. */
  function syncedAndGone(): UplinkSync {
    const sync = synced()
    sync.lanes.state.keepFrom(6)
    return sync
  }
  const lost = { do: 'forgotten', lane: 'state', central: 2, applied: 5 }

  test('is sent again what the log still has, from where central is', () => {
    const sync = synced()
    sync.input({ is: 'closed' }, 4)
    sync.wake(sync.wakeAtMs)
    sync.input({ is: 'opened' }, 1_000)
    expect(sync.input({ is: 'ready', watermarks: { state: 2 } }, 1_000)).toEqual([
      { do: 'refill', lane: 'state', central: 2, applied: 5 },
      { do: 'beat', path: 0, n: 2 },
      { do: 'send', path: 0, lane: 'state', first: 3, count: 3, bytes: 30 },
    ])
  })

  test('is sent again where a gap shows it, by a connection that starts from what central has', () => {
    const sync = synced()
    sync.push('state', 10)
    sync.pump(5)
    const effects = sync.input({ is: 'gap', lane: 'state', expected: 3 }, 6)
    expect(effects[0]).toEqual({ do: 'refill', lane: 'state', central: 2, applied: 5 })
    expect([sync.connected, sync.backlog]).toEqual([false, 4])
  })

  test('is said at the next greeting, and tried again later instead of at once', () => {
    const sync = syncedAndGone()
    sync.input({ is: 'closed' }, 4)
    sync.wake(sync.wakeAtMs)
    sync.input({ is: 'opened' }, 1_000)
    const why = 'central lost records it had acknowledged'
    expect(sync.input({ is: 'ready', watermarks: { state: 2 } }, 1_000)).toEqual([
      lost,
      { do: 'disconnect', path: 0, why },
    ])
    expect(sync.wakeAtMs).toBeGreaterThanOrEqual(1_000 + retryMinMs)
    sync.wake(sync.wakeAtMs)
    sync.input({ is: 'opened' }, 9_000)
    sync.input({ is: 'ready', watermarks: { state: 5 } }, 9_000)
    expect(sync.connected).toBe(true)
  })

  test('is said where a gap shows it', () => {
    const sync = syncedAndGone()
    sync.push('state', 10)
    expect(sync.pump(5)).toEqual([{ do: 'send', path: 0, lane: 'state', first: 6, count: 1, bytes: 10 }])
    expect(sync.input({ is: 'gap', lane: 'state', expected: 3 }, 6)).toContainEqual(lost)
    expect(sync.connected).toBe(false)
  })
})
