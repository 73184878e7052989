// Which products of the price list are which rate, and which lookalikes are not.
import { expect, test } from 'vitest'
import { shippedRates } from '../price-book.ts'
import { onDemandTiers, type Product, readProduct, usageTypeOf } from './products.ts'
import { globalQuestions, regionalQuestions } from './questions.ts'

const questions = [...regionalQuestions('eu-west-1', new Set(['t3.medium'])), ...globalQuestions()]

function product(usagetype: string, attributes: Record<string, string> = {}): Product {
  return { product: { sku: 'A', attributes: { usagetype, ...attributes } }, terms: {} }
}

/** The rate by the questions to a service. */
function rateOf(serviceCode: string, of: Product): string | undefined {
  return questions
    .filter((question) => question.serviceCode === serviceCode)
    .map((question) => question.match(of)?.rate)
    .find((rate) => rate !== undefined)
}

test.each([
  ['EU-NatGateway-Hours', 'NatGateway-Hours'],
  ['NatGateway-Hours', 'NatGateway-Hours'],
  ['APN1-EBS:VolumeUsage.gp3', 'EBS:VolumeUsage.gp3'],
  ['us-east-1-KMS-Keys', 'KMS-Keys'],
  ['ap-southeast-1-KMS-Keys', 'KMS-Keys'],
  ['DNS-Queries', 'DNS-Queries'],
  ['USE1-AWSSecretsManager-Secrets', 'AWSSecretsManager-Secrets'],
])('%s is %s without the code of its region', (usagetype, expected) => {
  expect(usageTypeOf(product(usagetype))).toBe(expected)
})

test.each<[string, Product, string | undefined]>([
  ['AmazonEC2', product('EUC1-EBS:VolumeP-IOPS.gp3'), 'ebs.gp3.iops'],
  ['AmazonEC2', product('EUC1-EBS:VolumeP-IOPS.io2'), undefined],
  ['AmazonECS', product('EU-Fargate-ARM-GB-Hours'), 'fargate.arm.memory'],
  ['AmazonECS', product('EU-SpotUsage-Fargate-GB-Hours'), undefined],
  ['AmazonS3', product('EU-Requests-Tier1'), 's3.standard.put'],
  ['AmazonS3', product('EU-Requests-GIR-Tier2'), 's3.glacier-ir.get'],
  ['AmazonS3', product('EU-TimedStorage-SIA-ByteHrs'), 's3.standard-ia.storage'],
  ['AmazonS3', product('EU-TimedStorage-INT-FA-ByteHrs'), undefined],
  ['AmazonS3', product('EU-Requests-Tier4', { operation: 'S3-GIRTransition' }), 's3.glacier-ir.transition'],
  ['AmazonS3', product('EU-Requests-Tier3', { operation: 'S3-GDATransition' }), 's3.deep-archive.transition'],
  ['AmazonS3', product('EU-Requests-Tier4', { operation: 'S3-INTTransition' }), undefined],
  ['AmazonS3', product('EU-Requests-Tier3', { operation: 'RestoreObject' }), undefined],
  ['AmazonS3', product('EU-Requests-GLACIER-Tier1', { operation: 'PostObject' }), 's3.glacier.put'],
  ['AmazonGlacier', product('EU-TimedStorage-ByteHrs'), 's3.glacier.storage'],
  ['AmazonGlacier', product('EU-Standard-Retrieval-Bytes'), 's3.glacier.retrieval'],
  ['AmazonGlacier', product('EU-Requests-Tier3'), undefined],
  ['AmazonS3GlacierDeepArchive', product('EU-Requests-GDA-Tier3'), 's3.deep-archive.retrieval-request'],
  ['AmazonS3GlacierDeepArchive', product('EU-Bulk-Retrieval-Bytes'), undefined],
  ['AWSELB', product('EU-LCUUsage', { operation: 'LoadBalancing:Network' }), 'elb.network.lcu'],
  ['AWSELB', product('EU-TS-LoadBalancerUsage', { operation: 'LoadBalancing:Application' }), undefined],
  ['AWSELB', product('EU-LCUUsage', { operation: 'LoadBalancing:Gateway' }), undefined],
  ['AWSDataTransfer', product('EU-DataTransfer-Out-Bytes'), 'transfer.internet-out'],
  ['AmazonCloudFront', product('JP-DataTransfer-Out-Bytes'), 'cloudfront.japan.egress'],
  ['AmazonCloudFront', product('EU-DataTransfer-Out-OBytes'), undefined],
  [
    'AmazonRDS',
    product('EU-InstanceUsage:db.r6g.2xl', { instanceType: 'db.r6g.2xlarge' }),
    'rds.aurora-postgresql.db.r6g.2xlarge',
  ],
  [
    'AmazonRDS',
    product('EU-InstanceUsageIOOptimized:db.r6g.2xl', { instanceType: 'db.r6g.2xlarge' }),
    undefined,
  ],
  [
    'AmazonRDS',
    product('EU-Multi-AZUsage:db.t4g.medium', {
      instanceType: 'db.t4g.medium',
      deploymentOption: 'Multi-AZ',
    }),
    'rds.postgresql.db.t4g.medium.multi-az',
  ],
])('%s %j is rate %s', (service, of, rate) => {
  expect(rateOf(service, of)).toBe(rate)
})

test('most rates of the book are covered by a question, and answers have the units of the book', () => {
  const book = shippedRates()
  const covered = book.filter(({ id }) => questions.some(({ covers }) => covers.test(id)))
  // The spot market is asked elsewhere; Savings Plans and transfer between regions are not asked for.
  const others = new Set(
    book.filter((rate) => !covered.includes(rate)).map(({ id }) => id.replace(/^ec2\..*\./, 'ec2.*.')),
  )
  expect([...others].filter((id) => id.startsWith('ec2.')).sort()).toEqual([
    'ec2.*.savings-plan-1y-no-upfront',
    'ec2.*.spot',
  ])
  expect(others).toContain('transfer.inter-region-out')
  expect(others).not.toContain('vpc.nat-gateway.data')
  expect([...others].filter((id) => id.startsWith('s3.'))).toEqual([])
  const units = new Map(book.map(({ id, unit }) => [id, unit]))
  for (const usagetype of [
    'EU-NatGateway-Bytes',
    'EU-CW:AlarmMonitorUsage',
    'DNS-Queries',
    'EU-Requests-Tier1',
  ]) {
    const [match] = questions.flatMap((question) => question.match(product(usagetype)) ?? [])
    expect(match?.unit).toBe(units.get(match?.rate ?? ''))
  }
})

test('tiers that leave a gap, two currencies and two terms are not understood', () => {
  const listed = (...ranges: [string, string, string][]) => ({
    priceDimensions: Object.fromEntries(
      ranges.map(([beginRange, endRange, price], i) => [
        String(i),
        { unit: 'GB', beginRange, endRange, pricePerUnit: { USD: price } },
      ]),
    ),
  })
  const tiersOf = (OnDemand: Record<string, unknown>) => {
    const read = readProduct(JSON.stringify({ product: { sku: 'A', attributes: {} }, terms: { OnDemand } }))
    return read && onDemandTiers(read)
  }
  const good = listed(['0', '10', '0.09'], ['10', 'Inf', '0.08'])
  expect(tiersOf({ a: good })?.tiers).toHaveLength(2)
  expect(tiersOf({ a: listed(['0', '10', '0.09'], ['20', 'Inf', '0.08']) })).toBeNull()
  expect(tiersOf({ a: listed(['5', 'Inf', '0.09']) })).toBeNull()
  expect(tiersOf({ a: listed(['0', '0.5', '0.09'], ['0.5', 'Inf', '0.08']) })).toBeNull()
  expect(tiersOf({ a: listed(['0', 'Inf', '9e-2']) })).toBeNull()
  expect(tiersOf({ a: good, b: good })).toBeNull()
  expect(tiersOf({ a: { priceDimensions: { x: { unit: 'GB', pricePerUnit: { CNY: '1' } } } } })).toBeNull()
  expect(readProduct('{')).toBeNull()
  expect(readProduct(`"${'x'.repeat(2_000_001)}"`)).toBeNull()
})
