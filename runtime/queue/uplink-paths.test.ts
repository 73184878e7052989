// Several paths to central under virtual time, each with faults of its own: nothing lost, nothing twice, lanes in order.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { LANES, type Lane } from '../protocol/lanes.ts'
import { seededRandom } from '../testing/seeded-random.ts'
import { type ModelledLink, ModelledUplink, type Outage } from './testing/modelled-uplink.ts'
import { UPLINK_DEFAULTS, type UplinkEffect, UplinkSync } from './uplink-sync.ts'

/** After the last fault and push every path has had its time to come back. */
const CALM_MS = 60_000
const LONG_AFTER_MS = 1_000_000
/** Of one property, shrinking of what it found included. */
const BOUNDED = { interruptAfterTimeLimit: 45_000, markInterruptAsFailure: true }

const link = fc.record<ModelledLink>({
  outages: fc.array(
    fc.record<Outage>({
      is: fc.constantFrom('reset', 'silent'),
      atMs: fc.integer({ min: 0, max: 30_000 }),
      forMs: fc.integer({ min: 1, max: 12_000 }),
    }),
    { maxLength: 4 },
  ),
  latencyMs: fc.integer({ min: 0, max: 300 }),
  bytesPerMs: fc.integer({ min: 20, max: 20_000 }),
})
const world = fc.record({
  links: fc.array(link, { minLength: 2, maxLength: 4 }),
  pushes: fc.array(
    fc.record({
      atMs: fc.integer({ min: 0, max: 30_000 }),
      lane: fc.constantFrom<Lane>(...LANES),
      sizes: fc.array(fc.integer({ min: 1, max: 2_000 }), { minLength: 1, maxLength: 60 }),
    }),
    { maxLength: 20 },
  ),
  seed: fc.integer(),
})
type World = typeof world extends fc.Arbitrary<infer T> ? T : never

function build({ links, pushes, seed }: World) {
  const random = seededRandom(seed)
  const sync = new UplinkSync(random, { ...UPLINK_DEFAULTS, paths: links.length })
  const uplink = new ModelledUplink({ sync, links, commitMs: (records) => random() * (1 + records * 0.1) })
  for (const { atMs, lane, sizes } of pushes) uplink.at(atMs, () => uplink.push(lane, sizes))
  return { sync, uplink }
}

function sends(uplink: ModelledUplink) {
  return uplink.effects.flatMap(({ atMs, effect }) => (effect.do === 'send' ? [{ atMs, ...effect }] : []))
}

function settled({ backlog, paths }: UplinkSync): boolean {
  return backlog === 0 && paths.every(({ live, onItsWayBytes }) => live && onItsWayBytes === 0)
}

function expectAllOnce(uplink: ModelledUplink, pushes: World['pushes']): void {
  for (const lane of LANES) {
    const count = pushes.filter((p) => p.lane === lane).reduce((sum, { sizes }) => sum + sizes.length, 0)
    expect(uplink.applied[lane]).toEqual(Array.from({ length: count }, (_, i) => i + 1))
  }
}

test('through any faults of any path, central gets every record once in lane order, and all of it', () => {
  fc.assert(
    fc.property(world, (given) => {
      const { sync, uplink } = build(given)
      uplink.run(CALM_MS)
      uplink.run(LONG_AFTER_MS, () => settled(sync))
      expectAllOnce(uplink, given.pushes)
      expect([sync.backlog, sync.backlogBytes]).toEqual([0, 0])
    }),
    { numRuns: 1_500, ...BOUNDED },
  )
}, 60_000)

test('a central that is restored from a backup gets everything again, in order, though its watermarks went back', () => {
  const restore = fc.record({
    atMs: fc.integer({ min: 0, max: 40_000 }),
    share: fc.double({ min: 0, max: 1, noNaN: true }),
  })
  fc.assert(
    fc.property(world, fc.array(restore, { minLength: 1, maxLength: 2 }), (given, restores) => {
      const { sync, uplink } = build(given)
      for (const { atMs, share } of restores) {
        const some = (lane: Lane) => Math.floor(uplink.applied[lane].length * share)
        uplink.at(atMs, () => uplink.restore(Object.fromEntries(LANES.map((lane) => [lane, some(lane)]))))
      }
      uplink.run(CALM_MS)
      uplink.run(LONG_AFTER_MS, () => settled(sync))
      expectAllOnce(uplink, given.pushes)
    }),
    { numRuns: 500, ...BOUNDED },
  )
}, 60_000)

test('central never sees a gap, and only urgent lanes are sent twice while both paths live', () => {
  fc.assert(
    fc.property(world, (given) => {
      const healthy = { ...given, links: given.links.map((one) => ({ ...one, outages: [] })) }
      const { sync, uplink } = build(healthy)
      uplink.run(CALM_MS)
      uplink.run(LONG_AFTER_MS, () => settled(sync))
      expect(uplink.effects.filter(({ effect }) => effect.do === 'disconnect')).toEqual([])
      const next: Partial<Record<Lane, number>> = {}
      for (const { lane, first, count } of sends(uplink)) {
        if (lane === 'control' || lane === 'critical') continue
        expect(first).toBe((next[lane] ?? 0) + 1)
        next[lane] = first + count - 1
      }
    }),
    { numRuns: 300, ...BOUNDED },
  )
}, 60_000)

const quiet = (latencyMs: number, bytesPerMs: number): ModelledLink => ({
  outages: [],
  latencyMs,
  bytesPerMs,
})

function effectsOf(uplink: ModelledUplink, kind: UplinkEffect['do']) {
  return uplink.effects.filter(({ effect }) => effect.do === kind)
}

/** Two paths, and `each` lane's record every `everyMs` from 2 s on. Returns how long each waited for central. */
function waits(links: ModelledLink[], lane: Lane, everyMs: number, untilMs: number, bulkBytes = 0) {
  const random = seededRandom(1)
  const sync = new UplinkSync(random, { ...UPLINK_DEFAULTS, paths: links.length })
  const uplink = new ModelledUplink({ sync, links, commitMs: (records) => 1 + records * 0.02 + random() * 2 })
  if (bulkBytes > 0) {
    uplink.at(1_000, () =>
      uplink.push(
        'bulk',
        Array.from({ length: bulkBytes / 1_000 }, () => 1_000),
      ),
    )
  }
  const pushedAtMs: number[] = []
  for (let atMs = 2_000; atMs < untilMs; atMs += everyMs * (0.5 + random())) {
    uplink.at(atMs, () => {
      pushedAtMs.push(uplink.nowMs)
      uplink.push(lane, [200])
    })
  }
  uplink.run(untilMs + 60_000)
  const waitsMs = pushedAtMs.map((atMs, i) => (uplink.appliedAtMs[lane][i + 1] as number) - atMs)
  return { sync, uplink, waitsMs, sorted: waitsMs.toSorted((a, b) => a - b) }
}

const p99 = (sorted: number[]) => sorted[Math.ceil(0.99 * sorted.length) - 1] as number

describe('an urgent message', () => {
  test('takes the path of least delay, whichever is configured first', () => {
    for (const links of [
      [quiet(100, 1_000), quiet(10, 1_000)],
      [quiet(10, 1_000), quiet(100, 1_000)],
    ]) {
      const { uplink, sorted } = waits(links, 'critical', 100, 20_000)
      const fast = links[0]?.latencyMs === 10 ? 0 : 1
      expect(sends(uplink).filter(({ path }) => path === fast).length).toBeGreaterThan(170)
      expect(p99(sorted)).toBeLessThan(20)
    }
  })

  test('is sent by the second path too when the first falls silent, and waits no longer than that takes', () => {
    const silent: Outage = { is: 'silent', atMs: 10_000, forMs: 4_000 }
    const { sync, sorted, uplink } = waits(
      [{ ...quiet(10, 1_000), outages: [silent] }, quiet(30, 1_000)],
      'critical',
      50,
      20_000,
    )
    expect(sync.hedges.batches).toBeGreaterThan(0)
    expect(sorted.at(-1)).toBeLessThan(150)
    expect(effectsOf(uplink, 'disconnect')).toEqual([])
    expect(uplink.applied.critical).toHaveLength(sorted.length)
  })

  test('is never sent twice where there is one path, and other lanes never are', () => {
    const silent: Outage = { is: 'silent', atMs: 10_000, forMs: 4_000 }
    const one = waits([{ ...quiet(10, 1_000), outages: [silent] }], 'critical', 50, 20_000)
    expect(one.sync.hedges).toEqual({ batches: 0, bytes: 0, withheld: 0 })
    const links = [{ ...quiet(10, 1_000), outages: [silent] }, quiet(30, 1_000)]
    expect(waits(links, 'interactive', 50, 20_000).sync.hedges.batches).toBe(0)
  })

  test('costs a bounded share of bytes in hedges, though every answer of its path is slow at random', () => {
    const random = seededRandom(4)
    const links = [quiet(10, 1_000), quiet(15, 1_000)]
    const sync = new UplinkSync(random, { ...UPLINK_DEFAULTS, paths: 2 })
    const uplink = new ModelledUplink({ sync, links, commitMs: () => (random() < 0.2 ? 80 : 1) })
    let pushed = 0
    for (let atMs = 2_000; atMs < 120_000; atMs += 40) {
      uplink.at(atMs, () => uplink.push('critical', [2_000]))
      pushed += 2_000
    }
    uplink.run(200_000)
    expect(sync.hedges.batches).toBeGreaterThan(20)
    expect(sync.hedges.bytes).toBeLessThan(pushed * 0.1 + 64 * 1024 + 2_000)
  })
})

describe('a drain', () => {
  const megabit = 125
  test('uses both paths: lanes without urgency go where rate is free', () => {
    const random = seededRandom(1)
    const links = [quiet(20, 10 * megabit), quiet(25, 8 * megabit)]
    const sync = new UplinkSync(random, { ...UPLINK_DEFAULTS, paths: 2 })
    const uplink = new ModelledUplink({ sync, links, commitMs: () => 1 })
    for (const lane of ['interactive', 'bulk'] as const)
      uplink.at(2_000, () =>
        uplink.push(
          lane,
          Array.from({ length: 5_000 }, () => 1_000),
        ),
      )
    uplink.run(120_000, () => sync.backlog === 0 && uplink.nowMs > 2_000)
    const bytesBy = [0, 1].map((path) =>
      sends(uplink)
        .filter((send) => send.path === path)
        .reduce((sum, { bytes }) => sum + bytes, 0),
    )
    expect(Math.min(...bytesBy)).toBeGreaterThan(2_000_000)
    const aloneMs = 10_000_000 / (10 * megabit)
    expect(uplink.nowMs - 2_000).toBeLessThan(aloneMs)
  })

  test('of five minutes of a hall of 2,000 takes less than 10 s at 100 Mbit/s, and critical messages less than 100 ms', () => {
    // Eight messages a minute from each: 80,000 records of 300 bytes.
    const random = seededRandom(2)
    const silent: Outage = { is: 'silent', atMs: 5_000, forMs: 300_000 }
    const sync = new UplinkSync(random)
    const links = [{ ...quiet(25, 100 * megabit), outages: [silent] }]
    const uplink = new ModelledUplink({ sync, links, commitMs: (records) => 2 + records * 0.05 })
    for (let atMs = 5_000; atMs < 305_000; atMs += 100)
      uplink.at(atMs, () =>
        uplink.push(
          'interactive',
          Array.from({ length: 27 }, () => 300),
        ),
      )
    uplink.run(305_000)
    uplink.run(320_000, () => sync.connected)
    const backAtMs = uplink.nowMs
    expect(sync.backlog).toBeGreaterThan(79_000)
    const pushedAtMs: number[] = []
    for (let atMs = backAtMs + 50; atMs < backAtMs + 10_000; atMs += 20) {
      uplink.at(atMs, () => {
        pushedAtMs.push(uplink.nowMs)
        uplink.push('critical', [200])
      })
    }
    uplink.run(backAtMs + 60_000, () => sync.lanes.interactive.count === 0)
    expect(uplink.nowMs - backAtMs).toBeLessThan(10_000)
    uplink.run(uplink.nowMs + 1_000)
    const sorted = pushedAtMs
      .map((atMs, i) => (uplink.appliedAtMs.critical[i + 1] as number) - atMs)
      .sort((a, b) => a - b)
    expect(p99(sorted)).toBeLessThan(100)
  })

  test('of a saturating bulk backlog leaves critical messages fast, on one path and on two', () => {
    for (const links of [
      [quiet(25, 10 * megabit)],
      [quiet(25, 10 * megabit), quiet(40, 5 * megabit)],
      [quiet(25, 100 * megabit)],
    ]) {
      const { sorted, uplink } = waits(links, 'critical', 20, 12_000, 10_000_000)
      expect(p99(sorted)).toBeLessThan(100)
      expect(uplink.applied.bulk).toHaveLength(10_000)
    }
  })
})

test('when the last path but one is gone, its lanes go on by the one that is left within a few round trips', () => {
  const reset: Outage = { is: 'reset', atMs: 10_000, forMs: 30_000 }
  for (const lane of ['critical', 'interactive', 'bulk'] as const) {
    const { sorted } = waits([{ ...quiet(10, 1_000), outages: [reset] }, quiet(30, 1_000)], lane, 50, 20_000)
    expect(sorted.at(-1)).toBeLessThan(150)
  }
})
