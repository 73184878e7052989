// Cold storage at night by hand: what a night saves, what least times cost, and what is not known.
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type PriceBook, parseRates } from '../price-book.ts'
import { eventFor } from '../testing/fixtures.ts'
import { coldStorage, nightsOf } from './cold-storage.ts'

const header = 'region,rate,price_usd,unit,tier_from,tier_to,source,source_date'
function bookOf(rows: string[]): PriceBook {
  const text = [header, ...rows.map((row) => `eu-west-1,s3.${row},0,,by-hand,2026-01-02`)].join('\n')
  const rates = parseRates(text, 'test.csv')
  return { date: '2026-01-02', rate: (region, id) => rates.get(`${region} ${id}`) ?? null }
}
const standard = ['standard.storage,0.023,GB-month', 'standard.put,0.000005,request']
const infrequent = (storage: string) => [
  `standard-ia.storage,${storage},GB-month`,
  'standard-ia.transition,0.00001,request',
  'standard-ia.retrieval,0.01,GB',
  'standard-ia.get,0.000001,request',
]
/** Two days of 12 hours in a month of 30 days, so one night of 12 hours. */
const event = eventFor('2026-06-01T08:00:00Z', 12, { days: 2, timezone: 'UTC' })
const assets = { bytes: 1_000 * 2 ** 30, objects: 1_000 }
const of = (book: PriceBook) => {
  const result = coldStorage(event, assets, 'eu-west-1', book)
  return { ...result, ia: result.classes.find(({ storageClass }) => storageClass === 'standard-ia') }
}

test('a night is from one show to the next', () => {
  expect(nightsOf(event)).toEqual([
    { startMs: Date.parse('2026-06-01T20:00:00Z'), endMs: Date.parse('2026-06-02T08:00:00Z') },
  ])
})

test('1,000 GB for a night in infrequent access: 30 days are billed, so that it loses', () => {
  const { ia } = of(bookOf([...standard, ...infrequent('0.0125')]))
  // Saved: 1,000 GB × 12 h / 720 h = 16.666666667 GB-months × 0.023 USD.
  expect(ia?.saved).toBe(383_333_333_341n)
  // From 20:00 on 1 June to 20:00 on 1 July: 700 h / 720 h + 20 h / 744 h = 0.99910394… months of 1,000 GB.
  expect(Number(ia?.storage) / 1e12).toBeCloseTo(1_000 * (700 / 720 + 20 / 744) * 0.0125, 6)
  // 1,000 objects × (0.00001 + 0.000005); 1,000 GB × 0.01 + 1,000 × 0.000001.
  expect(ia).toMatchObject({ moves: 15_000_000_000n, retrieval: 10_001_000_000_000n })
  expect(ia?.net).toBe((ia?.saved ?? 0n) - (ia?.storage ?? 0n) - 10_016_000_000_000n)
  expect(ia?.net).toBeLessThan(0n)
})

test('a class without rates is a hole, and the advice waits for it', () => {
  const { classes, advice } = of(bookOf([...standard, ...infrequent('0.0125')]))
  expect(classes[1]).toMatchObject({ storageClass: 'glacier-ir', net: null })
  expect(classes[1]?.missing).toContain('s3.glacier-ir.storage')
  expect(advice).toBe('unknown')
})

test('where a class saves, it is advised', () => {
  const free = infrequent('0').map((row) => row.replace(/,0\.0*1,/, ',0,'))
  const { advice, best, ia } = of(bookOf([...standard.slice(0, 1), 'standard.put,0,request', ...free]))
  expect({ advice, best, net: ia?.net }).toEqual({
    advice: 'move',
    best: 'standard-ia',
    net: 383_333_333_341n,
  })
})

test('a night of 12 hours is long enough for 12 hours of restoring, one of 4 hours is not', () => {
  const slow = (hours: number) =>
    coldStorage(
      eventFor('2026-06-01T08:00:00Z', 24 - hours, { days: 2, timezone: 'UTC' }),
      assets,
      'eu-west-1',
      bookOf(standard),
    ).classes.filter(({ tooSlow }) => tooSlow)
  expect(slow(12)).toEqual([])
  expect(slow(4).map(({ storageClass }) => storageClass)).toEqual(['glacier', 'deep-archive'])
})

test('an event of one day has no night: everything stays', () => {
  const day = eventFor('2026-06-01T08:00:00Z', 12)
  expect(coldStorage(day, assets, 'eu-west-1', bookOf([])).advice).toBe('stay')
})

test('the rule of the event file is told, with whether it moves anything while the event lasts', () => {
  const ruleOf = (afterDays: number) => {
    const archive = { afterDays, storageClass: 'GLACIER_IR' as const, deleteAfterDays: null }
    const central = { ...event.central, archive }
    return coldStorage({ ...event, central }, assets, 'eu-west-1', bookOf(standard)).archive
  }
  expect(ruleOf(1)).toEqual({ storageClass: 'glacier-ir', afterDays: 1, duringEvent: true })
  expect(ruleOf(30)).toEqual({ storageClass: 'glacier-ir', afterDays: 30, duringEvent: false })
  expect(of(bookOf(standard)).archive).toBeNull()
})

const CLASSES = ['standard-ia', 'glacier-ir', 'glacier', 'deep-archive']
const LEAST_DAYS: Record<string, number> = {
  'standard-ia': 30,
  'glacier-ir': 90,
  glacier: 90,
  'deep-archive': 180,
}
const HOUR_MS = 3_600_000

/** Months of `startMs` to `endMs` in floating point, each hour against the hours of its own month. */
function monthsBetween(startMs: number, endMs: number): number {
  let sum = 0
  for (let at = startMs; at < endMs; at += HOUR_MS) {
    const day = new Date(at)
    const days = new Date(Date.UTC(day.getUTCFullYear(), day.getUTCMonth() + 1, 0)).getUTCDate()
    sum += Math.min(HOUR_MS, endMs - at) / HOUR_MS / (24 * days)
  }
  return sum
}

test('whatever the prices, the advice to move never loses money, and a hole is never taken for free', () => {
  const rate = fc.option(fc.integer({ min: 0, max: 1_000 }), { nil: null, freq: 4 })
  const prices = fc.record(
    Object.fromEntries(
      CLASSES.flatMap((name) =>
        ['storage', 'transition', 'retrieval', 'get', 'retrieval-request'].map((what) => [
          `${name}.${what}`,
          rate,
        ]),
      ),
    ),
  )
  const cases = fc.record({
    ...{ prices, standardUsd: fc.integer({ min: 1, max: 1_000_000 }), put: fc.integer({ min: 0, max: 100 }) },
    ...{ days: fc.integer({ min: 2, max: 4 }), hours: fc.integer({ min: 4, max: 23 }) },
    ...{ gib: fc.integer({ min: 1, max: 5_000 }), objects: fc.integer({ min: 1, max: 5_000 }) },
  })
  let moves = 0
  fc.assert(
    fc.property(cases, ({ prices, standardUsd, put, days, hours, gib, objects }) => {
      // In millionths of a dollar, which are no lifelike prices: real ones never pay.
      const usd = (millionths: number) => (millionths / 1e6).toFixed(6)
      const rows = Object.entries(prices).flatMap(([what, price]) =>
        price === null ? [] : [`${what},${usd(price as number)},${unitOf(what)}`],
      )
      rows.push(`standard.storage,${usd(standardUsd)},GB-month`, `standard.put,${usd(put)},request`)
      const show = eventFor('2026-06-01T06:00:00Z', hours, { days, timezone: 'UTC' })
      const found = coldStorage(show, { bytes: gib * 2 ** 30, objects }, 'eu-west-1', bookOf(rows))
      for (const { missing, net } of found.classes) expect(net === null).toBe(missing.length > 0)
      if (found.advice !== 'move') return
      moves++
      const name = found.best ?? ''
      const price = (what: string) => {
        const known = prices[`${name}.${what}`]
        expect(known, `${name}.${what}`).not.toBeNull()
        return (known as number) / 1e6
      }
      const atOnce = name === 'standard-ia' || name === 'glacier-ir'
      const coldGib = atOnce ? Math.max(gib, objects / 8_192) : gib + objects / 32_768
      const nights = found.nights
      const saved = nights.reduce((sum, { startMs, endMs }) => sum + monthsBetween(startMs, endMs), 0)
      const kept = nights.reduce(
        (sum, { startMs }) => sum + monthsBetween(startMs, startMs + (LEAST_DAYS[name] ?? 0) * 24 * HOUR_MS),
        0,
      )
      const requests = objects * nights.length
      const net =
        gib * saved * (standardUsd / 1e6) -
        coldGib * kept * price('storage') -
        requests * (price('transition') + put / 1e6 + price(atOnce ? 'get' : 'retrieval-request')) -
        gib * nights.length * price('retrieval')
      expect(net).toBeGreaterThan(-1e-6)
    }),
    { numRuns: 300 },
  )
  expect(moves).toBeGreaterThan(10)
})

function unitOf(what: string): string {
  if (what.endsWith('storage')) return 'GB-month'
  return what.endsWith('.retrieval') ? 'GB' : 'request'
}
