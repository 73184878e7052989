// The ledger keeps what it was given, refuses what was changed since, and counts where bills fell.
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { forecast } from '../forecast.ts'
import { eventFor, graphOf, IRELAND, resource, used, windowOf } from '../testing/fixtures.ts'
import { canonicalJson, sha256 } from './canonical.ts'
import { coverageOf } from './coverage.ts'
import { frozen, isIntact, type Kept, ledgerEntry } from './entry.ts'
import { keep, readKept, readLedger } from './ledger.ts'
import { LEDGER_VERSION, type LedgerEntry, type LedgerScore } from './ledger-result.ts'

const START = '2026-11-10T00:00:00Z'
const USD = 10n ** 12n

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ledger-'))
})
afterEach(() => rm(folder, { recursive: true }))

function entryOf(overrides: Partial<Kept> = {}): LedgerEntry {
  const queries = used('urn:name', 'dns-queries', 1_000_000, 'query', windowOf(START, 10))
  const graph = graphOf(resource('name', 'aws:route53/record:Record'))
  return ledgerEntry(forecast(graph, eventFor(START, 10), [queries], IRELAND), {
    kind: 'approved',
    createdAt: '2026-11-01T12:00:00.000Z',
    by: 'A. Person',
    commit: 'abc',
    eventHash: sha256('event'),
    draws: { runs: 500, seed: 1, through: 'surrogate' },
    quantiles: { p10: 90n * USD, p50: 100n * USD, p90: 110n * USD, p99: 120n * USD },
    ...overrides,
  })
}

function scoreOf(entry: LedgerEntry, billed: string, createdAt = '2026-12-20T00:00:00.000Z'): LedgerScore {
  const { event, hash } = entry
  const of = { version: LEDGER_VERSION, kind: 'score', event, createdAt, entry: hash, billed } as const
  return frozen({ ...of, billHash: sha256('bill') })
}

test('amounts are exact: a million queries at 0.0000004 USD are 0.4 USD', () => {
  const entry = entryOf()
  expect(entry.lines).toMatchObject([{ quantity: '1000000', rateUsd: '0.0000004', amount: '0.4' }])
  expect(entry.expected).toBe('0.4')
  expect(entry.quantiles).toEqual({ p10: '90', p50: '100', p90: '110', p99: '120' })
})

test('what is kept is read back, and kept twice it is there once', async () => {
  const entry = entryOf()
  await keep(folder, entry)
  const file = await keep(folder, entry)
  expect(await readdir(folder)).toHaveLength(1)
  expect(await readLedger(folder, entry.event)).toEqual({ entries: [{ ...entry, file }], scores: [] })
  expect(await readLedger(folder, 'another')).toEqual({ entries: [], scores: [] })
  expect(await readLedger(join(folder, 'nowhere'))).toEqual({ entries: [], scores: [] })
})

test('a file that was changed is refused, whatever was changed', async () => {
  const file = await keep(folder, entryOf())
  const text = await readFile(file, 'utf8')
  for (const [from, to] of [
    ['"p90": "110"', '"p90": "111"'],
    ['A. Person', 'B. Person'],
    ['"amount": "0.4"', '"amount": "0.5"'],
  ] as const) {
    expect(text).toContain(from)
    await writeFile(file, text.replace(from, to))
    await expect(readKept(file)).rejects.toMatchObject({ code: 'MP_LEDGER_TAMPERED', exitCode: 2 })
  }
  await writeFile(file, text.slice(0, -10))
  await expect(readKept(file)).rejects.toMatchObject({ code: 'MP_LEDGER_INVALID', place: { file } })
  await writeFile(file, text.replace('"currency": "USD"', '"currency": "EUR"'))
  await expect(readKept(file)).rejects.toMatchObject({ code: 'MP_LEDGER_INVALID' })
})

test('the digest is of the content, not of how it is laid out', () => {
  const entry = entryOf()
  const reversed = Object.fromEntries(Object.entries(entry).reverse()) as unknown as LedgerEntry
  expect(isIntact(reversed)).toBe(true)
  expect(canonicalJson({ b: [1, { d: null, c: 'x' }], 10: true, 9: 'é' })).toBe(
    '{"10":true,"9":"é","b":[1,{"c":"x","d":null}]}',
  )
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      expect(JSON.parse(canonicalJson(value))).toEqual(JSON.parse(JSON.stringify(value)))
    }),
  )
})

test('coverage counts the last score of each event, and says what so few show', () => {
  const entries = [1, 2, 3].map((n) => ({
    ...entryOf({ createdAt: `2026-11-0${n}T00:00:00.000Z` }),
    file: '',
  }))
  const [first, second, third] = entries.map((entry, n) => {
    const startMs = entry.window.startMs + n
    return { ...entry, window: { ...entry.window, startMs } }
  }) as [LedgerEntry & { file: string }, LedgerEntry & { file: string }, LedgerEntry & { file: string }]
  const scores = [
    scoreOf(first, '200'),
    scoreOf(first, '110', '2026-12-21T00:00:00.000Z'),
    scoreOf(second, '89.999999999999'),
    scoreOf(third, '120.000000000001'),
  ].map((score) => ({ ...score, file: '' }))
  expect(coverageOf({ entries: [first, second, third], scores })).toMatchObject({
    scored: 3,
    inside: 1,
    underP99: 2,
    // One of three: the exact interval at 95 % is 0.8 % to 90.6 %.
    low: expect.closeTo(0.0084, 4),
    high: expect.closeTo(0.9057, 4),
    outcome: 'as-said',
  })
  expect(coverageOf({ entries, scores: [] })).toMatchObject({ scored: 0, outcome: 'unknown' })
})
