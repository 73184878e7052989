// Prices of today against a stand-in for AWS: what changed, what is new, what vanished, and every way of failing.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, onTestFinished, test, vi } from 'vitest'
import { MicropopError } from '../../../runtime/errors.ts'
import { coldStorage } from '../cold-storage/cold-storage.ts'
import { decimalText } from '../money.ts'
import { loadPriceBook, type PriceBook, parseRates } from '../price-book.ts'
import { eventFor } from '../testing/fixtures.ts'
import { overlayFiles } from './overlay.ts'
import { type RefreshOptions, refreshPrices } from './refresh.ts'
import { type Listed, type ListedProduct, startPriceListServer } from './testing/price-list-server.ts'

const NOW = '2026-11-30T00:00:00Z'
const HEADER = 'region,rate,price_usd,unit,tier_from,tier_to,source,source_date'

const BOOK = [
  ...parseRates(
    [
      HEADER,
      'eu-west-1,ec2.t3.medium.on-demand,0.0456,hour,0,,costwatch,2026-10-15',
      'eu-west-1,ec2.t3.medium.spot,0.02,hour,0,,advisor,2025-06-28',
      'eu-west-1,ebs.gp3.throughput,0.044,MiBps-month,0,,costwatch,2026-10-15',
      'eu-west-1,vpc.nat-gateway.data,0.048,GB,0,,quote,2026-09-25',
      'eu-west-1,transfer.internet-out,0.09,GB,0,10240,goldens,2024-09-25',
      'eu-west-1,transfer.internet-out,0.085,GB,10240,51200,goldens,2024-09-25',
      'eu-west-2,vpc.nat-gateway.data,0.05,GB,0,,quote,2026-09-05',
      'eu-west-1,transfer.inter-region-out,0.02,GB,0,,goldens,2024-09-25',
    ].join('\n'),
    'book.csv',
  ).values(),
]

const machine: ListedProduct = {
  service: 'AmazonEC2',
  family: 'Compute Instance',
  usagetype: 'EU-BoxUsage:t3.medium',
  attributes: { instanceType: 't3.medium' },
  unit: 'Hrs',
  tiers: [['0', 'Inf', '0.0480000000']],
  reserved: [
    { term: '1yr', offering: 'standard', payment: 'No Upfront', hour: '0.0301000000' },
    { term: '1yr', offering: 'convertible', payment: 'No Upfront', hour: '0.0350000000' },
    { term: '3yr', offering: 'standard', payment: 'Partial Upfront', hour: '0.0100000000', upfront: '262.8' },
  ],
}
const LISTED: Listed = {
  products: [
    machine,
    // A host that the filters let through, and a type that the product does not rent.
    { ...machine, usagetype: 'EU-UnusedBox:t3.medium', reserved: [], tiers: [['0', 'Inf', '9']] },
    { ...machine, usagetype: 'EU-BoxUsage:x9.huge', attributes: { instanceType: 'x9.huge' } },
    {
      ...{ service: 'AmazonEC2', family: 'Provisioned Throughput', unit: 'GiBps-mo' },
      ...{ usagetype: 'EU-EBS:VolumeP-Throughput.gp3', tiers: [['0', 'Inf', '45.056']] },
    },
    {
      ...{ service: 'AmazonVPC', unit: 'Hrs', usagetype: 'EU-PublicIPv4:InUseAddress' },
      tiers: [['0', 'Inf', '0.0050000000']],
    },
    {
      ...{ service: 'AWSDataTransfer', unit: 'GB', usagetype: 'EU-DataTransfer-Out-Bytes' },
      tiers: [
        ['10240', 'Inf', '0.0850000000'],
        ['0', '1', '0.0000000000'],
        ['1', '10240', '0.0900000000'],
      ],
    },
    {
      ...{ service: 'AWSELB', unit: 'parsecs', usagetype: 'EU-LCUUsage' },
      ...{ attributes: { operation: 'LoadBalancing:Network' }, tiers: [['0', 'Inf', '0.006']] },
    },
  ],
  spot: [
    // Zone a: 0.02 for six of seven days, 0.027 for one: (6 × 0.02 + 0.027) / 7 = 0.021. Zone b: 0.023 throughout.
    { type: 't3.medium', zone: 'eu-west-1a', price: '0.027000', at: '2026-11-29T00:00:00.000Z' },
    { type: 't3.medium', zone: 'eu-west-1a', price: '0.020000', at: '2026-11-01T00:00:00.000Z' },
    { type: 't3.medium', zone: 'eu-west-1b', price: '0.023000', at: '2026-11-20T00:00:00.000Z' },
  ],
}

beforeEach(() => {
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'AKIDTESTTESTTEST')
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'a-very-secret-key')
})
afterEach(() => vi.unstubAllEnvs())

async function refreshed(listed: Listed, more: Partial<RefreshOptions> = {}) {
  await using server = await startPriceListServer(listed)
  const answer = await refreshPrices({
    ...{ regions: ['eu-west-1'], book: BOOK, nowMs: Date.parse(NOW), endpoint: server.endpoint },
    ...{ signal: new AbortController().signal, onStep: () => {} },
    ...more,
  })
  return { ...answer, asked: server.asked }
}

async function failure(listed: Listed, more: Partial<RefreshOptions> = {}): Promise<MicropopError> {
  const error = await refreshed(listed, more).then(
    () => expect.unreachable(),
    (thrown) => thrown,
  )
  expect(error).toBeInstanceOf(MicropopError)
  return error
}

test('each row has its old and its new price; what AWS does not say, or was not asked, is told apart', async () => {
  const { result } = await refreshed(LISTED)
  // (0.048 − 0.0456) / 0.0456 = 5.26 %; (0.022 − 0.02) / 0.02 = 10 %, with 0.022 = (0.021 + 0.023) / 2.
  expect(
    result.changed.map(({ rate, old, new: now, percent }) => [rate, old?.priceUsd, now?.priceUsd, percent]),
  ).toEqual([
    ['ec2.t3.medium.on-demand', '0.0456', '0.048', '+5.26'],
    ['ec2.t3.medium.spot', '0.02', '0.022', '+10'],
  ])
  // 262.8 over three years of 8,760 hours are 0.01 an hour, and 0.01 beside it.
  expect(result.added.map(({ rate, new: now }) => [rate, now?.priceUsd])).toEqual([
    ['ec2.t3.medium.reserved-1y-no-upfront', '0.0301'],
    ['ec2.t3.medium.reserved-3y-partial-upfront', '0.02'],
    ['vpc.public-ipv4.in-use', '0.005'],
  ])
  // Ireland's NAT was asked about, London's was not, and transfer between regions never is.
  expect(result.vanished.map(({ region, rate }) => [region, rate])).toEqual([
    ['eu-west-1', 'vpc.nat-gateway.data'],
  ])
  // Throughput, 45.056 / 1,024 = 0.044, and both tiers of egress behind the free one.
  expect(result.same).toBe(3)
  expect(result.notUnderstood).toEqual(['eu-west-1 elb.network.lcu'])
})

test('an answer is read to its last page', async () => {
  const pages: number[] = []
  const { result } = await refreshed(
    { ...LISTED, pageSize: 1 },
    { onStep: (what, page) => what.includes('machines') && pages.push(page) },
  )
  expect(pages).toEqual([1, 2, 3])
  expect(result.added).toHaveLength(3)
})

test('AWS is asked about the region, by filters', async () => {
  const { asked } = await refreshed(LISTED)
  expect(asked).toContainEqual({
    service: 'AmazonEC2',
    filters: {
      ...{ regionCode: 'eu-west-1', productFamily: 'Compute Instance', operatingSystem: 'Linux' },
      ...{ tenancy: 'Shared', preInstalledSw: 'NA', capacitystatus: 'Used' },
    },
  })
})

test('the overlay is a price book that lies over the shipped one', async () => {
  const { rates, result } = await refreshed(LISTED)
  const folder = mkdtempSync(join(tmpdir(), 'overlay-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  for (const [name, content] of Object.entries(overlayFiles(rates, result.date))) {
    writeFileSync(join(folder, name), content)
  }
  const book = loadPriceBook(undefined, folder)
  expect(book.date).toBe('2026-11-30')
  const first = (id: string, region = 'eu-west-1') => {
    const tier = book.rate(region, id)?.tiers[0]
    return tier && [decimalText(tier.priceUsd), tier.source.id]
  }
  expect(first('ec2.t3.medium.on-demand')).toEqual(['0.048', 'aws-price-list-api'])
  expect(first('ec2.t3.medium.spot')).toEqual(['0.022', 'aws-spot-price-history'])
  expect(first('ec2.t3.large.on-demand')).toEqual(['0.0912', 'costwatch'])
  expect(first('ec2.t3.medium.on-demand', 'us-east-1')).toEqual(['0.0416', 'costwatch'])
})

test('a rate that is said twice, differently, is not guessed at', async () => {
  const twice = [machine, { ...machine, tiers: [['0', 'Inf', '0.05']] satisfies ListedProduct['tiers'] }]
  const { result } = await refreshed({ products: twice, spot: [] })
  expect(result.notUnderstood).toEqual(['eu-west-1 ec2.t3.medium.on-demand'])
  expect(result.vanished.map(({ rate }) => rate)).not.toContain('ec2.t3.medium.on-demand')
})

test('credentials that AWS refuses are said to be so, and are in no message', async () => {
  const body = { __type: 'UnrecognizedClientException', message: 'AKIDTESTTESTTEST a-very-secret-key' }
  const error = await failure({ ...LISTED, fails: { status: 400, body } })
  expect([error.code, error.exitCode]).toEqual(['MP_AWS_REFUSED', 3])
  expect(`${error.message} ${error.remedy}`).not.toMatch(/AKID|secret/)
})

test('without credentials it is said how to get some', async () => {
  vi.stubEnv('AWS_ACCESS_KEY_ID', undefined)
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', undefined)
  vi.stubEnv('AWS_EC2_METADATA_DISABLED', 'true')
  vi.stubEnv('HOME', mkdtempSync(join(tmpdir(), 'home-')))
  const error = await failure(LISTED)
  expect([error.code, error.exitCode]).toEqual(['MP_AWS_CREDENTIALS', 3])
  expect(error.remedy).toContain('aws configure')
})

test('an answer without an end is given up', async () => {
  const error = await failure({ ...LISTED, endless: true })
  expect([error.code, error.message]).toEqual([
    'MP_AWS_FAILED',
    expect.stringContaining('more than 100 pages'),
  ])
})

test('stopping is heard between pages, and while one is on its way', async () => {
  const reason = new Error('stopped')
  const between = new AbortController()
  await expect(
    refreshed(LISTED, {
      signal: between.signal,
      onStep: (what) => what.includes('spot') && between.abort(reason),
    }),
  ).rejects.toBe(reason)
  const onItsWay = new AbortController()
  await expect(
    refreshed({ ...LISTED, onUnanswered: () => onItsWay.abort(reason) }, { signal: onItsWay.signal }),
  ).rejects.toBe(reason)
})

test('what answers is not AWS: nothing is taken from it', async () => {
  const error = await failure({ ...LISTED, fails: { status: 418, body: { tea: true } } })
  expect(error.code).toBe('MP_AWS_FAILED')
})

test('what the price book lacks is added, shown as new, and prices what was a hole', async () => {
  const storage = (usagetype: string, price: string, unit = 'Requests', operation?: string) =>
    ({
      ...{ service: 'AmazonS3', usagetype: `EU-${usagetype}`, unit, tiers: [['0', 'Inf', price]] },
      ...(operation !== undefined && { attributes: { operation } }),
    }) satisfies ListedProduct
  const products = [
    storage('TimedStorage-GIR-ByteHrs', '0.0050000000', 'GB-Mo'),
    storage('Requests-GIR-Tier2', '0.0000100000'),
    storage('Retrieval-GIR', '0.0300000000', 'GB'),
    storage('Requests-Tier4', '0.0000200000', 'Requests', 'S3-GIRTransition'),
  ]
  const { rates, result } = await refreshed({ products, spot: [] })
  expect(result.added.map(({ rate, old, new: now }) => [rate, old, now?.priceUsd])).toEqual([
    ['s3.glacier-ir.get', null, '0.00001'],
    ['s3.glacier-ir.retrieval', null, '0.03'],
    ['s3.glacier-ir.storage', null, '0.005'],
    ['s3.glacier-ir.transition', null, '0.00002'],
  ])
  const folder = mkdtempSync(join(tmpdir(), 'added-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  for (const [name, content] of Object.entries(overlayFiles(rates, result.date))) {
    writeFileSync(join(folder, name), content)
  }
  const event = eventFor('2026-06-01T08:00:00Z', 12, { days: 2, timezone: 'UTC' })
  const instantBy = (book: PriceBook) =>
    coldStorage(event, { bytes: 1e9, objects: 10 }, 'eu-west-1', book).classes.find(
      ({ storageClass }) => storageClass === 'glacier-ir',
    )
  expect(instantBy(loadPriceBook())).toMatchObject({
    net: null,
    missing: expect.arrayContaining(['s3.glacier-ir.storage']),
  })
  expect(instantBy(loadPriceBook(undefined, folder))).toMatchObject({ net: expect.any(BigInt), missing: [] })
})

test('a database that is listed with its reservations brings those too', async () => {
  const database: ListedProduct = {
    ...{ service: 'AmazonRDS', family: 'Database Instance', usagetype: 'EU-InstanceUsage:db.t4g.micro' },
    attributes: { instanceType: 'db.t4g.micro', deploymentOption: 'Single-AZ' },
    ...{ unit: 'Hrs', tiers: [['0', 'Inf', '0.0170000000']] },
    reserved: [{ term: '1yr', offering: 'standard', payment: 'No Upfront', hour: '0.0120000000' }],
  }
  const { result } = await refreshed({ products: [database], spot: [] })
  const added = result.added.map(({ rate, new: now }) => [rate, now?.priceUsd])
  expect(added).toContainEqual([...['rds.postgresql.db.t4g.micro.single-az.reserved-1y-no-upfront', '0.012']])
})
