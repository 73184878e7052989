// Whole invoices worked out by hand, and what a forecast must say when something cannot be priced.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { hallVenue, remoteVenue } from '../../infra/testing/events.ts'
import { forecast } from './forecast.ts'
import type { Forecast } from './forecast-result.ts'
import { amountOf, decimal } from './money.ts'
import {
  bookOf,
  decimalGb,
  eventFor,
  graphOf,
  IRELAND,
  resource,
  used,
  windowOf,
} from './testing/fixtures.ts'

const dollars = (text: string) => amountOf(decimal('1'), decimal(text))
const textOf = (lines: Forecast['lines']) =>
  lines.map(({ description, quantity, unit, rate }) => `${description}: ${quantity} ${unit} × ${rate}`)
const sumOf = ({ lines }: Forecast) => lines.reduce((sum, { amount }) => sum + amount, 0n)

const INSTANCE = 'aws:ec2/instance:Instance'
const unlimited = {
  instanceType: 't3.medium',
  creditSpecification: { cpuCredits: 'unlimited' },
  primaryNetworkInterface: { networkInterfaceId: 'eni' },
  rootBlockDevice: { volumeType: 'gp3', volumeSize: 31 },
}

describe('a PoP on EC2 for ten hours on 3 December', () => {
  const window = windowOf('2026-12-03T08:00:00Z', 10)
  const graph = graphOf(
    resource('pop', INSTANCE, unlimited, { dependencies: ['urn:interface'] }),
    resource('interface', 'aws:ec2/networkInterface:NetworkInterface'),
    resource('address', 'aws:ec2/eip:Eip', { networkInterface: 'eni' }),
  )
  const usages = [
    used('urn:pop', 'cpu-surplus-credits', 90, 'credit', window),
    used('urn:pop', 'internet-egress', decimalGb(150), 'GB', window),
  ]
  const result = forecast(graph, eventFor('2026-12-03T08:00:00Z', 10), usages, IRELAND)

  test('each line is its arithmetic', () => {
    expect(textOf(result.lines)).toEqual([
      // 10 h × 0.005 = 0.05
      'public IPv4 address, in use: 10 hour × 0.005',
      // 10 h × 0.0456 = 0.456
      't3.medium on-demand, Linux: 10 hour × 0.0456',
      // 90 credits are 1.5 vCPU-hours; × 0.05 = 0.075
      'surplus CPU credits: 1.5 vCPU-hour × 0.05',
      // 31 GiB × 10 h / 744 h; × 0.088 = 0.036666666696
      'EBS gp3 storage, 31 GiB: 0.416666667 GB-month × 0.088',
      // 150 GB, of which 100 are free: 50 × 0.09 = 4.5
      'internet egress, free up to 100 GB a month: 100 GB × 0',
      'internet egress: 50 GB × 0.09',
    ])
  })
  test('the total is 0.05 + 0.456 + 0.075 + 0.036666666696 + 4.5', () => {
    expect(result.total).toBe(dollars('5.117666666696'))
    expect(result.total).toBe(sumOf(result))
  })
  test('every line says where its rate and its quantity come from', () => {
    for (const line of result.lines) expect(line.rateSource).toEqual({ id: 'price-list', date: '2026-10-15' })
    expect(result.lines.map(({ quantitySource }) => quantitySource)).toEqual([
      'stated',
      'stated',
      'surrogate',
      'stated',
      'surrogate',
      'surrogate',
    ])
    expect(result.unpriced).toEqual([])
  })
})

describe('central services for the 24 hours of 3 December, one day of 31', () => {
  const event = eventFor('2026-12-03T00:00:00Z', 24, { budget: dollars('20') })
  const window = windowOf('2026-12-03T00:00:00Z', 24)
  const central = { venue: 'central' }
  const graph = graphOf(
    resource(
      'database',
      'aws:rds/instance:Instance',
      {
        engine: 'postgres',
        instanceClass: 'db.t4g.medium',
        allocatedStorage: 31,
        storageType: 'gp3',
        multiAz: false,
        publiclyAccessible: false,
        manageMasterUserPassword: true,
      },
      central,
    ),
    resource('task', 'aws:ecs/taskDefinition:TaskDefinition', { cpu: '512', memory: '1024' }, central),
    resource(
      'ingest',
      'aws:ecs/service:Service',
      { desiredCount: 2, launchType: 'FARGATE', networkConfiguration: { assignPublicIp: true } },
      { ...central, dependencies: ['urn:task'] },
    ),
    resource(
      'balancer',
      'aws:lb/loadBalancer:LoadBalancer',
      { loadBalancerType: 'network', internal: false, subnets: ['a', 'b'] },
      central,
    ),
    resource('uplink', 'aws:secretsmanager/secret:Secret', {}, central),
    resource('logs', 'aws:cloudwatch/logGroup:LogGroup', {}, central),
    resource('bucket', 'aws:s3/bucket:Bucket', {}, central),
    resource('cdn', 'aws:cloudfront/distribution:Distribution', { priceClass: 'PriceClass_100' }, central),
    resource('name', 'aws:route53/record:Record', { type: 'A' }, central),
    resource('alias', 'aws:route53/record:Record', { aliases: [{ name: 'balancer' }] }, central),
  )
  const usages = [
    used('urn:database', 'cpu-surplus-credits', 0, 'credit', window),
    used('urn:ingest', 'internet-egress', decimalGb(1), 'GB', window),
    used('urn:balancer', 'lb-capacity', 12, 'LCU-hour', window),
    used('urn:uplink', 'secret-requests', 20, 'request', window),
    used('urn:logs', 'log-ingest', decimalGb(2), 'GB', window),
    used('urn:bucket', 's3-storage', decimalGb(1), 'GB-month', window),
    used('urn:bucket', 's3-put', 1000, 'request', window),
    used('urn:bucket', 's3-get', 10_000, 'request', window),
    used('urn:cdn', 'cdn-egress', decimalGb(100), 'GB', window),
    used('urn:cdn', 'cdn-requests', 100_000, 'request', window),
    used('urn:name', 'dns-queries', 1_000_000, 'query', window),
  ]
  const result = forecast(graph, event, usages, IRELAND)

  test('each line is its arithmetic', () => {
    expect(textOf(result.lines)).toEqual([
      'network load balancer: 24 hour × 0.0252', // 0.6048
      'network load balancer capacity: 12 LCU-hour × 0.006', // 0.072
      'public IPv4 address, in use: 48 hour × 0.005', // 2 zones × 24 h: 0.24
      'S3 Standard storage: 1 GB-month × 0.023', // 0.023
      'S3 PUT, COPY, POST and LIST requests: 1000 request × 0.000005', // 0.005
      'S3 GET and other requests: 10000 request × 0.0000004', // 0.004
      'CloudFront egress, europe: 100 GB × 0.085', // 8.5
      'CloudFront HTTPS requests, europe: 100000 request × 0.0000012', // 0.12
      'db.t4g.medium PostgreSQL, single-az: 24 hour × 0.069', // 1.656
      'database gp3 storage, single-az, 31 GiB: 1 GB-month × 0.127', // 31 / 31: 0.127
      'secret of the master user: 0.032258065 secret-month × 0.4', // 1 / 31: 0.012903226
      'surplus CPU credits of the database: 0 vCPU-hour × 0.075', // 0
      'Fargate vCPU, x86: 24 vCPU-hour × 0.04048', // 2 tasks × 0.5 vCPU × 24 h: 0.97152
      'Fargate memory, x86: 48 GB-hour × 0.004445', // 2 tasks × 1 GB × 24 h: 0.21336
      'public IPv4 address, in use: 48 hour × 0.005', // 2 tasks × 24 h: 0.24
      'internet egress, free up to 100 GB a month: 1 GB × 0', // 0
      'log ingestion: 2 GB × 0.57', // 1.14
      'log storage until tear-down, at most: 0.064516129 GB-month × 0.03', // 2 / 31: 0.00193548387
      'DNS queries, standard: 1000000 query × 0.0000004', // 0.4
      'secret: 0.032258065 secret-month × 0.4', // 0.012903226
      'reads of the secret: 20 request × 0.000005', // 0.0001
    ])
  })
  test('the total is their sum', () => {
    // 0.6048 + 0.072 + 0.24 + 0.023 + 0.005 + 0.004 + 8.5 + 0.12 = 9.5688
    // 1.656 + 0.127 + 0.012903226 + 0 = 1.795903226
    // 0.97152 + 0.21336 + 0.24 + 0 = 1.42488
    // 1.14 + 0.00193548387 + 0.4 + 0.012903226 + 0.0001 = 1.55493870987
    expect(result.total).toBe(dollars('14.34452193587'))
    expect(result.total).toBe(sumOf(result))
  })
  test('what costs nothing is listed with the reason, and the budget of 20 dollars holds', () => {
    expect(result.free).toEqual([
      {
        type: 'aws:ecs/taskDefinition:TaskDefinition',
        count: 1,
        why: 'its size is priced at the service that runs it',
      },
      {
        type: 'aws:route53/record:Record',
        count: 1,
        why: 'nobody pays for queries of an alias, and only the issuer asks for the proof of a certificate',
      },
    ])
    expect(result.budget?.outcome).toBe('within')
  })
})

describe('a hall and two PoPs that share the tiers of a month', () => {
  const venues = [hallVenue(), remoteVenue({ name: 'south' }), remoteVenue({ name: 'north' })]
  const event = eventFor('2026-12-03T08:00:00Z', 30, { venues })
  const window = windowOf('2026-12-03T08:00:00Z', 30)
  const bare = { instanceType: 't3.medium', creditSpecification: { cpuCredits: 'standard' } }
  const disk = { rootBlockDevice: { volumeType: 'gp3', volumeSize: 0 } }
  const graph = graphOf(
    resource('south', INSTANCE, { ...bare, ...disk }, { venue: 'south' }),
    resource('north', INSTANCE, { ...bare, ...disk }, { venue: 'north' }),
    resource(
      'box',
      'micropop:infra:VenuePop',
      { venue: 'hall', pop: { platform: 'k3s', rentPerDayUsd: '90' } },
      { venue: 'hall' },
    ),
    resource('set', 'kubernetes:apps/v1:StatefulSet', {}, { venue: 'hall' }),
  )
  const usages = [
    used('urn:north', 'internet-egress', decimalGb(9000), 'GB', window),
    used('urn:south', 'internet-egress', decimalGb(3000), 'GB', window),
  ]
  const result = forecast(graph, event, usages, IRELAND)

  test('the hall pays two started days of rent, and nothing for what runs on its own machine', () => {
    // 30 h are two days: 2 × 90 = 180
    const [rent] = result.lines
    expect(rent).toMatchObject({ venue: 'hall', quantity: '2', rate: '90', amount: dollars('180') })
    expect(result.free).toEqual([
      { type: 'kubernetes:apps/v1:StatefulSet', count: 1, why: "runs on the venue's own machine" },
    ])
  })
  test('12,000 GB are one volume: 100 free, 10,240 in the first tier, 1,660 in the second, three to one', () => {
    const egress = result.lines.filter(({ description }) => description.startsWith('internet egress'))
    expect(egress.map(({ venue, quantity, rate }) => [venue, quantity, rate])).toEqual([
      // 100 × 3,000 / 12,000; 10,240 of the remaining 11,900 × 2,975; the rest. South comes first in the event.
      ['south', '25', '0'],
      ['south', '2560', '0.09'],
      ['south', '415', '0.085'],
      ['north', '75', '0'],
      ['north', '7680', '0.09'],
      ['north', '1245', '0.085'],
    ])
  })
  test('the total is 180 + 2 × 30 × 0.0456 + 10,240 × 0.09 + 1,660 × 0.085', () => {
    // 180 + 2.736 + 921.6 + 141.1
    expect(result.total).toBe(dollars('1245.436'))
  })
  test('the order of registration changes nothing', () => {
    const backwards = forecast(graphOf(...graph.resources.toReversed()), event, usages.toReversed(), IRELAND)
    expect(backwards).toEqual(result)
  })
})

describe('what cannot be priced', () => {
  const event = (budget: string | null = null) =>
    eventFor('2026-12-03T08:00:00Z', 10, { budget: budget === null ? null : dollars(budget) })
  const window = windowOf('2026-12-03T08:00:00Z', 10)
  const address = resource('address', 'aws:ec2/eip:Eip', { instance: 'i-1' })
  const hours = bookOf('vpc.public-ipv4.in-use 0.005 hour')

  test('a missing rate is unpriced, never zero', () => {
    const result = forecast(graphOf(address), event(), [], bookOf())
    expect(result.lines).toEqual([])
    expect(result.unpriced).toEqual([
      {
        venue: 'remote',
        urn: 'urn:address',
        type: 'aws:ec2/eip:Eip',
        description: 'public IPv4 address, in use',
        quantity: '10',
        unit: 'hour',
        why: 'the price book has no vpc.public-ipv4.in-use for eu-west-1',
      },
    ])
  })
  test('another region is not asked', () => {
    const tokyo = eventFor('2026-12-03T08:00:00Z', 10, { region: 'ap-northeast-1' })
    expect(forecast(graphOf(address), tokyo, [], hours).unpriced).toHaveLength(1)
  })
  test('a type without a meter is unpriced', () => {
    const graph = graphOf(resource('table', 'aws:dynamodb/table:Table'))
    expect(forecast(graph, event(), [], IRELAND).unpriced).toMatchObject([
      { type: 'aws:dynamodb/table:Table', why: 'no meter for this type', quantity: null },
    ])
  })
  test('usage that nobody gave is unpriced', () => {
    const graph = graphOf(resource('name', 'aws:route53/record:Record', { type: 'A' }))
    expect(forecast(graph, event(), [], IRELAND).unpriced).toMatchObject([
      { description: 'DNS queries, standard', quantity: null, why: 'no usage dns-queries is given for it' },
    ])
  })
  test('usage that no meter reads, and usage of nothing in the graph, are unpriced', () => {
    const usages = [
      used('urn:address', 'internet-egress', 5, 'GB', window),
      used('urn:ghost', 'internet-egress', 7, 'GB', window),
    ]
    expect(forecast(graphOf(address), event(), usages, hours).unpriced).toMatchObject([
      { urn: 'urn:address', quantity: '5', why: 'no meter of this type reads it' },
      { urn: 'urn:ghost', quantity: '7', why: 'the resource is not in the graph' },
    ])
  })
  test('a quantity above the last tier of the price book is unpriced, the rest is priced', () => {
    const book = bookOf('route53.queries.standard 0.5 query 0 1000')
    const graph = graphOf(resource('name', 'aws:route53/record:Record', { type: 'A' }))
    const result = forecast(graph, event(), [used('urn:name', 'dns-queries', 1200, 'query', window)], book)
    expect(result.total).toBe(dollars('500'))
    expect(result.unpriced).toMatchObject([
      { quantity: '200', why: 'the price book has no route53.queries.standard above 1000 query a month' },
    ])
  })
  test('rent that the event does not state is unpriced', () => {
    const box = resource('box', 'micropop:infra:VenuePop', { pop: { platform: 'k3s', rentPerDayUsd: null } })
    expect(forecast(graphOf(box), event(), [], IRELAND).unpriced).toMatchObject([
      { quantity: '1', unit: 'day', why: 'the event states no rent per day' },
    ])
  })
  test('another market, another tenancy, another engine and another volume type have no meter yet', () => {
    const base = { instanceType: 't3.medium', rootBlockDevice: { volumeType: 'gp3', volumeSize: 8 } }
    const why = (type: string, inputs: Record<string, unknown>) =>
      forecast(graphOf(resource('it', type, inputs)), event(), [], IRELAND).unpriced.map((line) => line.why)
    expect(why(INSTANCE, { ...base, instanceMarketOptions: { marketType: 'capacity-block' } })).toContain(
      'no meter for the market capacity-block',
    )
    expect(why(INSTANCE, { ...base, tenancy: 'dedicated' })).toContain('no meter for dedicated tenancy')
    expect(why(INSTANCE, { ...base, rootBlockDevice: {} })).toContain('its size is not stated')
    expect(why('aws:rds/instance:Instance', { engine: 'mysql', instanceClass: 'db.t3.medium' })).toContain(
      'no meter for engine mysql',
    )
  })
  test('the budget is over at once, within only when everything is priced, else unknown', () => {
    // 10 h × 0.005 = 0.05
    const other = resource('table', 'aws:dynamodb/table:Table')
    const outcome = (budget: string, ...resources: Parameters<typeof graphOf>) =>
      forecast(graphOf(...resources), event(budget), [], hours).budget?.outcome
    expect(outcome('0.05', address)).toBe('within')
    expect(outcome('0.049', address)).toBe('over')
    expect(outcome('0.05', address, other)).toBe('unknown')
    expect(outcome('0.049', address, other)).toBe('over')
    expect(forecast(graphOf(address), event(), [], hours).budget).toBeNull()
  })
  test('usage in a unit that its meter does not read is our mistake', () => {
    const usages = [used('urn:pop', 'internet-egress', 5, 'MB', window)]
    expect(() => forecast(graphOf(resource('pop', INSTANCE, unlimited)), event(), usages, IRELAND)).toThrow(
      'usage internet-egress of urn:pop is in MB, and its meter reads GB',
    )
  })
})

test('usage over the end of a month fills the free part of both', () => {
  // 300 GB over 12 h of November and 12 h of December: 150 each, 100 of them free; 2 × 50 × 0.09 = 9
  const book = bookOf('transfer.internet-out.free 0 GB 0 100', 'transfer.internet-out 0.09 GB')
  const graph = graphOf(
    resource('pop', INSTANCE, { ...unlimited, rootBlockDevice: { volumeType: 'gp3', volumeSize: 0 } }),
  )
  const window = windowOf('2026-11-30T12:00:00Z', 24)
  const usages = [
    used('urn:pop', 'internet-egress', decimalGb(300), 'GB', window),
    used('urn:pop', 'cpu-surplus-credits', 0, 'credit', window),
  ]
  const { lines } = forecast(graph, eventFor('2026-11-30T12:00:00Z', 24), usages, book)
  const egress = lines.filter(({ description }) => description.startsWith('internet egress'))
  expect(egress.map(({ quantity, amount }) => [quantity, amount])).toEqual([
    ['200', 0n],
    ['100', dollars('9')],
  ])
})

test('more hours and more usage never cost less, and the total is the sum of its lines', () => {
  const graph = graphOf(
    resource('pop', INSTANCE, unlimited),
    resource('address', 'aws:ec2/eip:Eip', { instance: 'i-1' }),
    resource('box', 'micropop:infra:VenuePop', { pop: { platform: 'k3s', rentPerDayUsd: '90' } }),
  )
  const cost = (hours: number, gb: number) => {
    const window = windowOf('2026-11-28T00:00:00Z', 1)
    const usages = [
      used('urn:pop', 'internet-egress', gb, 'GB', window),
      used('urn:pop', 'cpu-surplus-credits', 1, 'credit', window),
    ]
    const result = forecast(graph, eventFor('2026-11-28T00:00:00Z', hours), usages, IRELAND)
    expect(result.total).toBe(sumOf(result))
    return result.total
  }
  const hours = fc.integer({ min: 1, max: 240 })
  const gb = fc.integer({ min: 0, max: 30_000 })
  fc.assert(
    fc.property(hours, hours, gb, gb, (h, moreHours, g, moreGb) => {
      expect(cost(h + moreHours, g + moreGb) >= cost(h, g)).toBe(true)
    }),
  )
})
