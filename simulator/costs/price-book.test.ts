// The price book that is shipped, and what its reader refuses.
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, onTestFinished, test } from 'vitest'
import { loadCatalog } from '../../infra/catalog/catalog.ts'
import { InvalidInput, MissingHere } from '../../runtime/errors.ts'
import { decimalText } from './money.ts'
import { loadPriceBook, parseRates } from './price-book.ts'

const FOLDER = fileURLToPath(new URL('./price-book/', import.meta.url))
const HEADER = 'region,rate,price_usd,unit,tier_from,tier_to,source,source_date'
/** What others said, and how often spot machines are taken back. */
const NO_PRICES = ['conflicts.csv', 'spot-interruptions.csv']
const files = readdirSync(FOLDER).filter((name) => name.endsWith('.csv') && !NO_PRICES.includes(name))
const rates = files.flatMap((name) => [
  ...parseRates(readFileSync(join(FOLDER, name), 'utf8'), name).values(),
])

describe('the shipped price book', () => {
  const book = loadPriceBook()

  test('a rate has its price, unit, source and date', () => {
    const rate = book.rate('eu-west-1', 'ec2.t3.medium.on-demand')
    expect(rate?.unit).toBe('hour')
    expect(rate?.tiers).toMatchObject([
      { to: null, priceUsd: { digits: 456n, scale: 4 }, source: { id: 'costwatch', date: '2026-10-15' } },
    ])
  })
  test('every source of a rate is explained, and no rate is younger than the book', () => {
    const { gathered, sources } = JSON.parse(readFileSync(join(FOLDER, 'sources.json'), 'utf8'))
    for (const { source } of rates.flatMap(({ tiers }) => tiers)) {
      expect(Object.keys(sources)).toContain(source.id)
      expect(source.date <= gathered).toBe(true)
    }
    expect(book.date).toBe(gathered)
  })
  test('every machine that the catalogue offers in a region is priced there', () => {
    const { instanceTypes, databaseClasses } = loadCatalog()
    const missing = [...instanceTypes.values()].flatMap(({ name, regions }) =>
      regions.filter((region) => !book.rate(region, `ec2.${name}.on-demand`)).map((region) => [region, name]),
    )
    const noDatabase = [...databaseClasses.values()].flatMap(({ name, regions }) =>
      regions.filter((region) => !book.rate(region, `rds.postgresql.${name}.single-az`)),
    )
    expect([missing, noDatabase]).toEqual([[], []])
  })
  test('only the free part of egress costs nothing', () => {
    const free = rates.filter(({ tiers }) => tiers.some(({ priceUsd }) => priceUsd.digits === 0n))
    expect(free.map(({ region, id }) => [region, id])).toEqual([['global', 'transfer.internet-out.free']])
  })
  test('tiers get cheaper and end only where the source ends', () => {
    const egress = book.rate('eu-west-1', 'transfer.internet-out')
    expect(egress?.tiers.map(({ priceUsd, to }) => [decimalText(priceUsd), to && decimalText(to)])).toEqual([
      ['0.09', '10240'],
      ['0.085', '51200'],
      ['0.07', '153600'],
      ['0.05', null],
    ])
  })
  test('a region without its own rate has the global one, and else a hole', () => {
    expect(book.rate('eu-west-1', 'vpc.public-ipv4.in-use')?.region).toBe('eu-west-1')
    expect(book.rate('sa-east-1', 'vpc.public-ipv4.in-use')?.region).toBe('global')
    expect(book.rate('sa-east-1', 'fargate.x86.vcpu')).toBeNull()
    expect(book.rate('eu-west-1', 'ec2.t9.huge.on-demand')).toBeNull()
  })
})

describe('the reader', () => {
  const row = 'eu-west-1,ec2.t3.medium.on-demand,0.0456,hour,0,,costwatch,2026-10-15'
  test.each([
    ['another header', 'region,price', 1],
    ['a price that is no decimal', `${HEADER}\n${row.replace('0.0456', '4.56e-2')}`, 2],
    ['a row without a source', `${HEADER}\n${row.replace('costwatch', '')}`, 2],
    ['a gap between tiers', `${HEADER}\n${row.replace('0,,', '0,100,')}\n${row.replace('0,,', '200,,')}`, 3],
    ['a rate that is there twice', `${HEADER}\n${row}\n${row}`, 3],
  ])('%s is refused with its line', (_what, text, line) => {
    try {
      parseRates(text, 'ec2.csv')
      expect.unreachable()
    } catch (error) {
      expect(error).toBeInstanceOf(InvalidInput)
      expect((error as InvalidInput).place).toEqual({ file: 'ec2.csv', line })
    }
  })
  test('a price book that is not there says so', () => {
    expect(() => loadPriceBook(join(FOLDER, 'nowhere'))).toThrow(MissingHere)
    const folder = mkdtempSync(join(tmpdir(), 'price-book-'))
    onTestFinished(() => rmSync(folder, { recursive: true }))
    writeFileSync(join(folder, 'sources.json'), '{"gathered":"2026-11-23"}')
    expect(() => loadPriceBook(folder).rate('eu-west-1', 'ec2.t3.medium.on-demand')).toThrow(MissingHere)
  })
})
