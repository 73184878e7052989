// Bills with known mistakes held against a forecast: each is found, named, and the parts add up.
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { DuckDBInstance } from '@duckdb/node-api'
import fc from 'fast-check'
import { afterAll, describe, expect, test } from 'vitest'
import { MicropopError } from '../../../runtime/errors.ts'
import { decimal } from '../money.ts'
import { eventFor } from '../testing/fixtures.ts'
import { openBill } from './bill-database.ts'
import { compareWithBill, type ExpectedLine } from './reconcile.ts'
import { reconcileBill } from './reconcile-bill.ts'
import type { Reconciliation } from './reconcile-result.ts'
import { type BillRow, curBill, focusBill, hourly } from './testing/bills.ts'

const folder = mkdtempSync(join(tmpdir(), 'micropop-reconcile-'))
afterAll(() => rmSync(folder, { recursive: true }))
const event = { ...eventFor('2026-12-02T00:00:00Z', 24), name: 'show' }
const CENT = 10n ** 10n
const NO_LIMIT = new AbortController().signal

/** 24 h × 0.10 = 2.40; 24 h × 0.005 = 0.12; 12 GB-month × 0.10 = 1.20; 24 h × 0.069 = 1.656; together 5.376. */
const FORECAST: ExpectedLine[] = [
  line('ec2.t3.large.on-demand', '24', 'hour', 240n),
  line('vpc.public-ipv4.in-use', '24', 'hour', 12n),
  line('ebs.gp3.storage', '12', 'GB-month', 120n),
  { ...line('rds.postgresql.db.t4g.medium.single-az', '24', 'hour', 0n), amount: (1656n * CENT) / 10n },
]

function line(rateId: string, quantity: string, unit: string, cents: bigint): ExpectedLine {
  const service = rateId.split('.')[0] as string
  const where = { venue: 'hall', urn: rateId, service, region: 'eu-west-1' }
  return { ...where, rateId, quantity, unit, amount: cents * CENT }
}

const MACHINE = { resource: 'i-1', usageType: 'EU-BoxUsage:t3.large', quantity: '1', cost: '0.1' }
const ADDRESS = { resource: 'eni-1', usageType: 'EU-PublicIPv4:InUseAddress', quantity: '1', cost: '0.005' }
const DISK = {
  resource: 'vol-1',
  usageType: 'EU-EBS:VolumeUsage.gp3',
  quantity: '0.5',
  cost: '0.05',
  unit: 'GB-Mo',
}
const DATABASE = {
  ...{ resource: 'db-1', usageType: 'EU-InstanceUsage:db.t4g.medium', quantity: '1', cost: '0.069' },
  ...{ product: 'AmazonRDS', operation: 'CreateDBInstance:0014' },
}
const AS_FORECAST = [MACHINE, ADDRESS, DISK, DATABASE].flatMap((row) => hourly(24, row))

function file(name: string, content: string | Buffer): string {
  const path = join(folder, name)
  writeFileSync(path, content)
  return path
}

async function reconcile(
  files: string[],
  { rates = {}, signal = NO_LIMIT }: { rates?: Record<string, string>; signal?: AbortSignal } = {},
): Promise<Reconciliation> {
  const database = await openBill(files, signal)
  try {
    return await reconcileBill(event, database, {
      forecast: { lines: FORECAST, window: null },
      ...{ tailMs: 0, tolerancePercent: 10, rates, step: () => {} },
    })
  } finally {
    database.close()
  }
}

async function refusal(files: string[]): Promise<MicropopError> {
  const error = await reconcile(files).then(
    () => null,
    (thrown: unknown) => thrown,
  )
  expect(error).toBeInstanceOf(MicropopError)
  expect((error as MicropopError).exitCode).toBe(2)
  return error as MicropopError
}

function sumOfParts({ parts }: { parts: Reconciliation['parts'] }): bigint {
  return Object.values(parts).reduce((sum, part) => sum + part, 0n)
}

const PLANTED: BillRow[] = [
  // Price change: 24 × 0.11 in place of 24 × 0.10, that is +0.24.
  ...hourly(24, { ...MACHINE, cost: '0.11' }),
  // Charged twice: three hours of the address again, +3 × 0.005 = +0.015.
  ...hourly(24, ADDRESS),
  ...hourly(3, ADDRESS),
  // Missing tag: 6 of the disk's 24 hours, 6 × 0.5 GB-month × 0.10 = 0.30, so the tagged rest is 0.90.
  ...hourly(24, DISK).map((row) => ({ ...row, event: row.hour < 6 ? null : 'show' })),
  // Refund of 0.50. The database is not billed: missing, 1.656.
  { ...MACHINE, hour: 5, type: 'Refund', quantity: '0', cost: '-0.5' },
  // Not forecast: 0.80.
  { hour: 2, resource: 'nat-1', usageType: 'EU-NatGateway-Bytes', quantity: '10', cost: '0.8', unit: 'GB' },
  // Aside.
  { ...MACHINE, hour: 23, type: 'Tax', quantity: '', cost: '1' },
  { ...MACHINE, hour: 23, type: 'Credit', quantity: '', cost: '-2' },
  // Of another event, and of ours a week later.
  { ...MACHINE, hour: 1, event: 'other', cost: '99' },
  { ...MACHINE, hour: 200, cost: '0.1' },
]

describe.each([
  ['CUR 2.0', curBill],
  ['FOCUS', focusBill],
] as const)('%s', (format, written) => {
  test('every planted mistake is found and named, with its amount', async () => {
    const result = await reconcile([file(`planted-${format}.csv`, written(PLANTED))])
    const found = result.findings.map(({ kind, what, amount }) => [kind, what, amount])
    const milli = CENT / 10n
    expect(found).toEqual(
      expect.arrayContaining([
        ['price-change', 'ec2.t3.large.on-demand', 240n * milli],
        ['charged-twice', 'vpc.public-ipv4.in-use', 15n * milli],
        ['missing-tag', 'ebs.gp3.storage', 300n * milli],
        ['refund', 'ec2.t3.large.on-demand', -500n * milli],
        ['unforecast', 'EU-NatGateway-Bytes', 800n * milli],
        ['missing', 'rds.postgresql.db.t4g.medium.single-az', -1656n * milli],
        ['outside-window', 'ec2.t3.large.on-demand', 100n * milli],
      ]),
    )
    expect(found).toHaveLength(7)
    // 2.64 + 0.135 + 0.90 − 0.50 + 0.80 = 3.975 billed, 5.376 forecast.
    expect(result.billed).toBe(3975n * milli)
    expect(result.forecast).toBe(5376n * milli)
    expect(result.parts).toEqual({
      price: 240n * milli,
      // The address +0.015, the disk −0.30.
      quantity: -285n * milli,
      unforecast: 800n * milli,
      missing: -1656n * milli,
      refund: -500n * milli,
    })
    expect(sumOfParts(result)).toBe(result.billed - result.forecast)
    expect([result.taxes, result.credits, result.outcome]).toEqual([100n * CENT, -200n * CENT, 'outside'])
    expect(result.untagged).toMatchObject([{ what: 'ebs.gp3.storage', rows: 6, amount: 300n * milli }])
    expect(result.format).toBe(format)
  })

  test('a bill as forecast has nothing that stands out, plain, zipped, as Parquet, and in parts', async () => {
    const text = written(AS_FORECAST)
    const plain = file(`fine-${format}.csv`, text)
    const parquet = join(folder, `fine-${format}.parquet`)
    const connection = await (await DuckDBInstance.create()).connect()
    await connection.run(
      `COPY (FROM read_csv('${plain}', all_varchar = true)) TO '${parquet}' (FORMAT parquet)`,
    )
    connection.closeSync()
    // A name with a quote, a pattern and what would be a statement.
    const odd = file(`it's [a-z]*; DROP VIEW bill; ${format}.csv.gz`, gzipSync(text))
    const other = file(
      `other-${format}.csv`,
      written([{ ...MACHINE, hour: 1, event: 'other', resource: 'i-9' }]).replace('id0', 'other'),
    )
    for (const files of [[plain], [odd], [parquet], [plain, other]]) {
      const result = await reconcile(files)
      expect(result.findings).toEqual([])
      expect([result.billed, result.outcome]).toEqual([result.forecast, 'within'])
    }
  })

  test('currencies are converted at the rate that was said, and refused without one', async () => {
    const path = file(`eur-${format}.csv`, written(AS_FORECAST.map((row) => ({ ...row, currency: 'EUR' }))))
    // 5.376 × 1.08 = 5.80608.
    expect((await reconcile([path], { rates: { EUR: '1.08' } })).billed).toBe((580608n * CENT) / 1000n)
    expect((await refusal([path])).message).toMatch(/EUR in 96 rows/)
    const mixed = file(
      `two-${format}.csv`,
      written([...AS_FORECAST, { ...MACHINE, hour: 3, currency: 'GBP' }]),
    )
    expect((await refusal([mixed])).message).toMatch(/USD in 96 rows, GBP in 1 rows/)
    const untagged = file(
      `untagged-${format}.csv`,
      written([...AS_FORECAST, { ...MACHINE, hour: 3, currency: 'GBP', event: '' }]),
    )
    expect((await refusal([untagged])).message).toMatch(/what carries no tag is billed in GBP in 1 rows/)
  })

  test.each([
    ['a cost that is no number', { cost: '1,5' }, 'MP_BILL_VALUE'],
    ['a quantity that is no number', { quantity: 'many' }, 'MP_BILL_VALUE'],
    ['a negative quantity at a positive cost', { quantity: '-1' }, 'MP_BILL_VALUE'],
  ])('%s is refused with its line', async (name, wrong, code) => {
    const rows = AS_FORECAST.map((row, i) => (i === 40 ? { ...row, ...wrong } : row))
    const error = await refusal([file(`${name}-${format}.csv`, written(rows))])
    // The first row stands in line 2.
    expect([error.code, error.place?.line]).toEqual([code, 42])
  })

  test('a part that is given twice is refused', async () => {
    const [a, b] = ['a', 'b'].map((name) => file(`${name}-${format}.csv`, written(AS_FORECAST))) as [
      string,
      string,
    ]
    const error = await refusal([a, b])
    expect([error.code, error.place?.file]).toEqual(['MP_BILL_TWICE', b])
    expect(error.message).toBe(`it has 96 lines that ${a} has too`)
  })

  test('another encoding is refused, and missing columns are named', async () => {
    const latin = Buffer.from(written([{ ...MACHINE, hour: 1, resource: 'caf\u00e9' }]), 'latin1')
    expect((await refusal([file(`latin-${format}.csv`, latin)])).code).toBe('MP_BILL_ENCODING')
    const utf16 = Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from(written(AS_FORECAST), 'utf16le')])
    expect((await refusal([file(`utf16-${format}.csv`, utf16)])).code).toBe('MP_BILL_ENCODING')
    const lacks = written(AS_FORECAST).replace(/BillingCurrency|line_item_currency_code/, 'money')
    expect((await refusal([file(`lacks-${format}.csv`, lacks)])).message).toMatch(
      /lacks the columns (BillingCurrency|line_item_currency_code)$/,
    )
    const cut = `${written(AS_FORECAST)}1,2,3\n`
    const error = await refusal([file(`cut-${format}.csv`, cut)])
    expect([error.code, error.place?.line]).toEqual(['MP_BILL_CSV', 98])
  })
})

test('what is no bill is refused, two formats together too', async () => {
  expect((await refusal([file('empty.csv', '')])).message).toBe('the file is empty')
  expect((await refusal([file('other.csv', 'a,b\n1,2\n')])).code).toBe('MP_BILL_COLUMNS')
  for (const [separator, name] of [
    [';', 'semicolons'],
    ['\t', 'tabs'],
  ] as const) {
    const saved = file('saved.csv', curBill(AS_FORECAST).replaceAll(',', separator))
    expect((await refusal([saved])).message).toBe(`its columns are separated by ${name}, not by commas`)
  }
  expect((await refusal([join(folder, 'none.csv')])).code).toBe('MP_BILL_FILE')
  const both = [file('c.csv', curBill(AS_FORECAST)), file('f.csv', focusBill(AS_FORECAST))]
  expect((await refusal(both)).code).toBe('MP_BILL_FORMATS')
})

test('equal parts of a charge that are for two are no charge that comes twice', async () => {
  const half = { ...MACHINE, quantity: '0.5', cost: '0.05' }
  const split = (...to: [string, string]) =>
    focusBill([
      ...AS_FORECAST.filter(({ resource }) => resource !== 'i-1'),
      ...to.flatMap((allocatedTo) => hourly(24, { ...half, allocatedTo })),
    ])
  const fair = await reconcile([file('split.csv', split('sponsor/acme', 'sponsor/globex'))])
  expect([fair.findings, fair.billed, fair.matchedRows]).toEqual([[], fair.forecast, 120])
  const [twice, ...others] = (await reconcile([file('same.csv', split('sponsor/acme', 'sponsor/acme'))]))
    .findings
  expect([twice?.kind, twice?.amount, others]).toEqual(['charged-twice', 120n * CENT, []])
})

test('a region that does not exist is named, and its spend counted', async () => {
  const path = file(
    'region.csv',
    curBill([...AS_FORECAST, { ...MACHINE, hour: 3, resource: 'i-7', region: 'mars' }]),
  )
  const result = await reconcile([path])
  expect(result.findings.map(({ kind }) => kind).toSorted()).toEqual(['unforecast', 'unknown-region'])
  expect(result.billed - result.forecast).toBe(10n * CENT)
})

test('machines of one venue, rate and region are one line, which says how many were forecast and billed', async () => {
  // Forecast 2 × 24 hours; billed a third machine for 6 of them, and the second in two rows an hour.
  const second = hourly(24, { ...MACHINE, resource: 'i-2', quantity: '0.5', cost: '0.05' })
  const rows = [
    ...[
      ...hourly(24, MACHINE),
      ...second,
      ...second.map((row) => ({ ...row, operation: 'RunInstances:SV' })),
    ],
    ...hourly(6, { ...MACHINE, resource: 'i-3' }),
  ]
  const database = await openBill([file('equal.csv', curBill(rows))], NO_LIMIT)
  const machines = ['a', 'b'].map((urn) => ({ ...line('ec2.t3.large.on-demand', '24', 'hour', 240n), urn }))
  const { lines } = await reconcileBill(event, database, {
    forecast: { lines: machines, window: null },
    ...{ tailMs: 0, tolerancePercent: 10, rates: {}, step: () => {} },
  }).finally(() => database.close())
  expect(lines).toHaveLength(1)
  expect(lines[0]).toMatchObject({
    quantity: { forecast: '48', billed: '54' },
    resources: { forecast: 2, billed: 3 },
    parts: { quantity: 60n * CENT, price: 0n },
  })
})

test('without the tag of the event nothing matches', async () => {
  const rows = AS_FORECAST.map((row) => ({ ...row, event: 'other' }))
  expect((await reconcile([file('nothing.csv', curBill(rows))])).outcome).toBe('nothing')
})

test('cancelled, it stops, and leaves no temporary file', async () => {
  const before = readdirSync(tmpdir()).filter((name) => name.startsWith('micropop-bill-'))
  const reason = new Error('stopped')
  const controller = new AbortController()
  const database = await openBill([file('stop.csv', curBill(AS_FORECAST))], controller.signal)
  const running = database.rows('SELECT count(*) FROM range(1000000000000) a')
  controller.abort(reason)
  await expect(running).rejects.toBe(reason)
  database.close()
  const left = readdirSync(tmpdir()).filter(
    (name) => name.startsWith('micropop-bill-') && !before.includes(name),
  )
  expect(left.filter((name) => existsSync(join(tmpdir(), name, 'part-0')))).toEqual([])
})

test('the parts of any two sides add up to the difference', () => {
  const amount = fc.bigInt({ min: 0n, max: 10n ** 18n })
  const quantity = fc.integer({ min: 0, max: 10 ** 6 }).map((n) => `${n / 1000}`)
  const sides = fc.array(fc.record({ rate: fc.constantFrom('ec2.a', 'ec2.b', 's3.c'), amount, quantity }), {
    maxLength: 6,
  })
  fc.assert(
    fc.property(sides, sides, (forecast, billed) => {
      const result = compareWithBill(
        forecast.map((of) => ({ ...line(of.rate, of.quantity, 'hour', 0n), amount: of.amount })),
        {
          ...{ format: 'FOCUS', rows: 0, resources: [], outside: [], twice: [], untagged: [] },
          matched: billed.map((of) => ({
            ...{
              kind: 'usage',
              venue: 'hall',
              account: '1',
              service: 'x',
              usageType: of.rate,
              rateId: of.rate,
            },
            ...{ region: 'eu-west-1', resource: '', unit: 'hour', rows: 1, amount: of.amount },
            quantity: decimal(of.quantity),
          })),
        },
      )
      expect(sumOfParts(result)).toBe(result.billed - result.forecast)
      for (const of of result.lines) expect(sumOfParts(of)).toBe(of.billed - of.forecast)
    }),
  )
})
