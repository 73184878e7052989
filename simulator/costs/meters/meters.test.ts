// The finer points of single meters, each a small graph with its arithmetic.
import { describe, expect, test } from 'vitest'
import { remoteVenue } from '../../../infra/testing/events.ts'
import { forecast } from '../forecast.ts'
import {
  bookOf,
  decimalGb,
  eventFor,
  graphOf,
  IRELAND,
  resource,
  used,
  windowOf,
} from '../testing/fixtures.ts'

const FROM = '2026-12-03T00:00:00Z'
const day = windowOf(FROM, 24)
const INSTANCE = 'aws:ec2/instance:Instance'
const disk = { rootBlockDevice: { volumeType: 'gp3', volumeSize: 31 } }

/** `description: quantity unit` of each line, for 24 hours of December. */
function linesOf(
  resources: Parameters<typeof graphOf>,
  usages: Parameters<typeof forecast>[2] = [],
  { book = IRELAND, hours = 24 } = {},
): string[] {
  const { lines } = forecast(graphOf(...resources), eventFor(FROM, hours), usages, book)
  return lines.map(({ description, quantity, unit }) => `${description}: ${quantity} ${unit}`)
}

describe('EBS', () => {
  test('only IOPS above 3,000 and throughput above 125 MiB/s are paid for', () => {
    const volume = { size: 31, type: 'gp3' }
    const extra = { ...volume, iops: 6100, throughput: 187 }
    // A day of 31 is 1/31 of a month: 31 GiB, 3,100 IOPS, 62 MiB/s.
    expect(linesOf([resource('v', 'aws:ebs/volume:Volume', extra)])).toEqual([
      'EBS gp3 storage, 31 GiB: 1 GB-month',
      'EBS gp3 IOPS above 3,000: 100 IOPS-month',
      'EBS gp3 throughput above 125 MiB/s: 2 MiBps-month',
    ])
    expect(
      linesOf([resource('v', 'aws:ebs/volume:Volume', { ...volume, iops: 3000, throughput: 125 })]),
    ).toHaveLength(1)
  })
})

describe('EC2', () => {
  const address = 'public IPv4 address, in use: 24 hour'
  const standard = { instanceType: 't3.medium', creditSpecification: { cpuCredits: 'standard' }, ...disk }
  const inSubnet = (inputs: Record<string, unknown>, subnet: Record<string, unknown>) =>
    linesOf([
      resource('pop', INSTANCE, { ...standard, ...inputs }, { dependencies: ['urn:subnet'] }),
      resource('subnet', 'aws:ec2/subnet:Subnet', subnet),
    ])

  test('an address that the subnet or the instance asks for is paid for', () => {
    expect(inSubnet({}, { mapPublicIpOnLaunch: true })).toContain(address)
    expect(inSubnet({ associatePublicIpAddress: true }, {})).toContain(address)
    expect(inSubnet({}, {})).not.toContain(address)
    expect(inSubnet({ associatePublicIpAddress: false }, { mapPublicIpOnLaunch: true })).not.toContain(
      address,
    )
  })
  test('an elastic address takes the place of the instance’s own', () => {
    const lines = linesOf([
      resource('pop', INSTANCE, { ...standard, associatePublicIpAddress: true }),
      resource('eip', 'aws:ec2/eip:Eip', { instance: 'i-1' }, { dependencies: ['urn:pop'] }),
    ])
    expect(lines.filter((line) => line === address)).toHaveLength(1)
  })
  test('an elastic address on nothing is idle', () => {
    expect(linesOf([resource('eip', 'aws:ec2/eip:Eip')])).toEqual(['public IPv4 address, idle: 24 hour'])
  })
  test('standard mode has no surplus, and T3 is unlimited where nobody says', () => {
    const usages = [used('urn:pop', 'cpu-surplus-credits', 60, 'credit', day)]
    const surplus = 'surplus CPU credits: 1 vCPU-hour'
    expect(linesOf([resource('pop', INSTANCE, standard)], usages)).not.toContain(surplus)
    expect(linesOf([resource('pop', INSTANCE, { instanceType: 't3.medium', ...disk })], usages)).toContain(
      surplus,
    )
  })
  test('egress to other zones and regions costs where usage says so', () => {
    const usages = [
      used('urn:pop', 'internet-egress', 0, 'GB', day),
      used('urn:pop', 'inter-region-egress', decimalGb(3), 'GB', day),
      used('urn:pop', 'inter-zone-transfer', decimalGb(4), 'GB', day),
    ]
    expect(linesOf([resource('pop', INSTANCE, standard)], usages).slice(2)).toEqual([
      'internet egress: 0 GB',
      'egress to another region: 3 GB',
      'transfer between availability zones: 4 GB',
    ])
  })
})

test('rent is taken as exactly as an event file may state it', () => {
  const rent = (rentPerDayUsd: string) =>
    forecast(
      graphOf(resource('box', 'micropop:infra:VenuePop', { pop: { platform: 'k3s', rentPerDayUsd } })),
      eventFor(FROM, 48),
      [],
      IRELAND,
    )
  // Two days.
  expect(rent('90.123456789123').total).toBe(180_246_913_578_246n)
  expect(rent('90.1234567891234').unpriced).toHaveLength(1)
})

test('a started hour of a load balancer is a whole one, and one inside the network holds no address', () => {
  const balancer = { loadBalancerType: 'network', internal: true, subnets: ['a', 'b'] }
  const lines = linesOf([resource('lb', 'aws:lb/loadBalancer:LoadBalancer', balancer)], [], { hours: 1.5 })
  expect(lines).toEqual(['network load balancer: 2 hour'])
})

test('logs are stored from when they come in until the event is torn down', () => {
  // Ingested over the first of two days: 31 GB for 48 h of 744 are 2 GB-months.
  const lines = linesOf(
    [resource('logs', 'aws:cloudwatch/logGroup:LogGroup')],
    [used('urn:logs', 'log-ingest', decimalGb(31), 'GB', day)],
    { hours: 48 },
  )
  expect(lines).toEqual(['log ingestion: 31 GB', 'log storage until tear-down, at most: 2 GB-month'])
})

test('the proof of a certificate costs nothing, though it is no alias', () => {
  const graph = graphOf(
    resource('certificate', 'aws:acm/certificate:Certificate'),
    resource('proof', 'aws:route53/record:Record', {}, { dependencies: ['urn:certificate'] }),
  )
  const result = forecast(graph, eventFor(FROM, 24), [], IRELAND)
  expect([result.lines, result.unpriced]).toEqual([[], []])
  expect(result.free.map(({ type }) => type)).toContain('aws:route53/record:Record')
})

test('a hosted zone is paid for every month it touches', () => {
  const graph = graphOf(resource('zone', 'aws:route53/zone:Zone'))
  const book = bookOf('route53.zone 0.5 zone-month')
  const { lines } = forecast(graph, eventFor('2026-11-30T12:00:00Z', 24), [], book)
  expect(lines[0]?.quantity).toBe('2')
})

test('Fargate on ARM has its own rates, and EC2 tasks have no meter', () => {
  const service = (launchType: string, task: Record<string, unknown>) =>
    forecast(
      graphOf(
        resource(
          's',
          'aws:ecs/service:Service',
          { launchType, desiredCount: 3 },
          { dependencies: ['urn:t'] },
        ),
        resource('t', 'aws:ecs/taskDefinition:TaskDefinition', task),
      ),
      eventFor(FROM, 2),
      [used('urn:s', 'internet-egress', 0, 'GB', day)],
      bookOf('fargate.arm.vcpu 0.03238 vCPU-hour', 'fargate.arm.memory 0.00356 GB-hour'),
    )
  const arm = { cpu: '256', memory: '512', runtimePlatform: { cpuArchitecture: 'ARM64' } }
  // 3 tasks × 0.25 vCPU × 2 h, 3 × 0.5 GB × 2 h
  expect(service('FARGATE', arm).lines.map(({ quantity }) => quantity)).toEqual(['1.5', '3'])
  expect(service('EC2', arm).unpriced[0]?.why).toBe('no meter for launch type EC2')
  expect(service('FARGATE', {}).unpriced[0]?.why).toBe('its task definition does not state cpu and memory')
})

test('CloudFront is priced where viewers are, or in Europe where the price class keeps it there', () => {
  const inTokyo = (priceClass: string) =>
    forecast(
      graphOf(resource('cdn', 'aws:cloudfront/distribution:Distribution', { priceClass })),
      eventFor(FROM, 24, { region: 'ap-northeast-1' }),
      [
        used('urn:cdn', 'cdn-egress', decimalGb(5), 'GB', day),
        used('urn:cdn', 'cdn-requests', 1, 'request', day),
      ],
      bookOf(),
    ).unpriced.map(({ why }) => why)
  expect(inTokyo('PriceClass_All')[0]).toContain('cloudfront.japan.egress')
  expect(inTokyo('PriceClass_100')[0]).toContain('cloudfront.europe.egress')
})

test('a resource without tags belongs to the venue of its component', () => {
  const component = { venue: 'stand', pop: { platform: 'k3s', rentPerDayUsd: '1' } }
  const graph = {
    project: 'micropop',
    stack: 'test',
    resources: [
      {
        urn: 'u:pop',
        type: 'micropop:infra:VenuePop',
        name: 'pop',
        inputs: component,
        parent: null,
        dependencies: [],
      },
      { urn: 'u:eip', type: 'aws:ec2/eip:Eip', name: 'eip', inputs: {}, parent: 'u:pop', dependencies: [] },
      { urn: 'u:other', type: 'aws:ec2/eip:Eip', name: 'other', inputs: {}, parent: null, dependencies: [] },
    ],
  }
  const event = eventFor(FROM, 24, { venues: [remoteVenue({ name: 'stand' })] })
  expect(forecast(graph, event, [], IRELAND).lines.map(({ urn, venue }) => [urn, venue])).toEqual([
    ['u:eip', 'stand'],
    ['u:pop', 'stand'],
    ['u:other', 'central'],
  ])
})

describe('a spot machine', () => {
  const distribution = { onDemandBaseCapacity: 0, onDemandPercentageAboveBaseCapacity: 0 }
  const spotCost = (more: object, book = IRELAND) =>
    forecast(
      graphOf(
        resource('template', 'aws:ec2/launchTemplate:LaunchTemplate', {
          instanceType: 'm5.large',
          monitoring: { enabled: true },
          blockDeviceMappings: [{ ebs: { volumeType: 'gp3', volumeSize: 31 } }],
        }),
        resource(
          'group',
          'aws:autoscaling/group:Group',
          { maxSize: 1, mixedInstancesPolicy: { instancesDistribution: { ...distribution, ...more } } },
          { dependencies: ['urn:template'] },
        ),
      ),
      eventFor(FROM, 24),
      [used('urn:group', 'internet-egress', 0, 'GB', day)],
      book,
    )

  test('costs its cap at most, and its disk', () => {
    const { lines, unpriced } = spotCost({ spotMaxPrice: '0.04' })
    expect(lines.map(({ description, quantity, rate }) => [description, quantity, rate])).toContainEqual([
      'm5.large spot, Linux, at most the stated price',
      '24',
      '0.04',
    ])
    expect(lines.map(({ description }) => description)).toContain('EBS gp3 storage, 31 GiB')
    expect(unpriced.map(({ description }) => description)).toEqual(['detailed monitoring, 7 metrics'])
  })

  test('without a cap costs the mean price of the market, and is a hole where that is not known', () => {
    const book = bookOf('ec2.m5.large.spot 0.0428 hour', 'cloudwatch.metric 0.3 metric-month 0 10000')
    // 24 h at 0.0428; seven metrics for a day of December, each month's share in 31: 7 / 31 = 0.225806452.
    expect(
      spotCost({}, book).lines.map(({ description, quantity, rate }) => [description, quantity, rate]),
    ).toEqual([
      ['m5.large spot, Linux, mean price of the market', '24', '0.0428'],
      ['detailed monitoring, 7 metrics', '0.225806452', '0.3'],
    ])
    expect(spotCost({}).unpriced[0]?.why).toBe('the price book has no ec2.m5.large.spot for eu-west-1')
    expect(spotCost({ onDemandBaseCapacity: 1, spotMaxPrice: '0.04' }).unpriced[0]?.why).toContain(
      'more than one spot machine',
    )
  })

  test('bought as a single machine costs the same', () => {
    const machine = { instanceType: 'm5.large', instanceMarketOptions: { marketType: 'spot' }, ...disk }
    const { lines } = forecast(
      graphOf(resource('pop', INSTANCE, machine)),
      eventFor(FROM, 24),
      [],
      bookOf('ec2.m5.large.spot 0.0428 hour'),
    )
    // 24 × 0.0428
    expect(lines.map(({ amount }) => amount)).toEqual([1_027_200_000_000n])
  })
})

test('rented lines of a venue are paid by the started day, in a hall and beside it', () => {
  const lineRents = [
    { uplink: 'fibre', perDayUsd: '120.5' },
    { uplink: '5g', perDayUsd: '15' },
  ]
  const { lines, total } = forecast(
    graphOf(
      resource('hall', 'micropop:infra:VenuePop', {
        pop: { platform: 'k3s', rentPerDayUsd: '90' },
        lineRents,
      }),
      resource('remote', 'micropop:infra:VenuePop', {
        pop: { platform: 'ec2' },
        lineRents: lineRents.slice(1),
      }),
    ),
    eventFor(FROM, 25),
    [],
    bookOf(),
  )
  // 25 hours are two started days: 2 × (90 + 120.5 + 15) and 2 × 15.
  expect(lines.map(({ description, amount }) => [description, amount])).toEqual([
    ['rent of the venue machine', 180_000_000_000_000n],
    ['rent of the line fibre', 241_000_000_000_000n],
    ['rent of the line 5g', 30_000_000_000_000n],
    ['rent of the line 5g', 30_000_000_000_000n],
  ])
  expect(total).toBe(481_000_000_000_000n)
})

test('a NAT gateway is paid by the started hour, and by what passes through it', () => {
  const lines = linesOf(
    [resource('nat', 'aws:ec2/natGateway:NatGateway')],
    [used('urn:nat', 'nat-data', decimalGb(10), 'GB', day)],
    {
      book: bookOf('vpc.nat-gateway.hour 0.048 hour', 'vpc.nat-gateway.data 0.048 GB'),
      hours: 2.25,
    },
  )
  expect(lines).toEqual(['NAT gateway: 3 hour', 'data through the NAT gateway: 10 GB'])
})

test('an alarm has its price, and so has a metric of our own', () => {
  const alarm = (name: string, namespace: string) =>
    resource(name, 'aws:cloudwatch/metricAlarm:MetricAlarm', { namespace, metricName: 'BacklogAge' })
  const { lines, unpriced } = forecast(
    graphOf(alarm('a', 'AWS/EC2'), alarm('b', 'micropop')),
    eventFor(FROM, 24),
    [],
    bookOf('cloudwatch.alarm 0.1 alarm-month', 'cloudwatch.metric 0.3 metric-month'),
  )
  expect(lines.map(({ description }) => description).sort()).toEqual(['alarm', 'alarm', 'metric BacklogAge'])
  expect(unpriced).toEqual([])
})
