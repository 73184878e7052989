// Cold storage at night by hand: what a night saves, what least times cost, and what is not known.
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
