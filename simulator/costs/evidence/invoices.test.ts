// Five small events whose invoices were worked out by hand: every line with its arithmetic, and the sum beside it.
import { describe, expect, test } from 'vitest'
import { hallVenue, remoteVenue } from '../../../infra/testing/events.ts'
import { chargeSurplus, runLoad } from '../cpu-credits.ts'
import { forecast } from '../forecast.ts'
import type { CostLine, Forecast } from '../forecast-result.ts'
import { decimalText } from '../money.ts'
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

const INSTANCE = 'aws:ec2/instance:Instance'
const usd = (pico: bigint) => decimalText({ digits: pico, scale: 12 })
const written = ({ description, quantity, unit, rate, list }: CostLine) =>
  `${description}: ${quantity} ${unit} × ${rate} = ${usd(list)}`

/** A machine in standard credit mode, which is throttled rather than charged. */
const standard = (gib: number) => ({
  instanceType: 't3.medium',
  creditSpecification: { cpuCredits: 'standard' },
  rootBlockDevice: { volumeType: 'gp3', volumeSize: gib },
})

/** To the pico-dollar: each line is its rate times its quantity less its discount, and the total is their sum. */
function addsUp({ lines, total, unpriced }: Forecast): void {
  for (const { rate, quantity, list, discount, amount } of lines) {
    const places = (text: string) => (text.split('.')[1] ?? '').length
    const digits = BigInt(rate.replace('.', '')) * BigInt(quantity.replace('.', ''))
    const scale = 10n ** BigInt(places(rate) + places(quantity))
    expect(list).toBe((digits * 10n ** 12n + scale / 2n) / scale)
    expect(amount).toBe(list - discount)
  }
  expect(total).toBe(lines.reduce((sum, { amount }) => sum + amount, 0n))
  expect(unpriced).toEqual([])
}

describe('credits: a t3.medium at 60 % of both vCPUs for thirteen hours', () => {
  // It spends 0.6 × 2 × 60 = 72 credits an hour and earns 24: 48 too many, 624 in thirteen hours. Twelve hours fill
  // the 576 that may be owed; the thirteenth is charged as it goes; the end of the machine charges the rest.
  const size = { vcpus: 2, creditsPerHour: 24, maxCredits: 576 }
  const none = { launch: 0, earned: 0, surplus: 0, charged: 0 }
  const { state } = runLoad(size, 'unlimited', none, { hours: 13, cpuPct: 60 })
  const credits = chargeSurplus(state).charged
  const window = windowOf('2026-12-03T08:00:00Z', 13)
  const invoice = (cpuCredits: string) =>
    forecast(
      graphOf(
        resource('pop', INSTANCE, { ...standard(93), creditSpecification: { cpuCredits } }),
        resource('address', 'aws:ec2/eip:Eip', { instance: 'i-1' }),
      ),
      eventFor('2026-12-03T08:00:00Z', 13),
      [
        used('urn:pop', 'internet-egress', decimalGb(40), 'GB', window),
        used('urn:pop', 'cpu-surplus-credits', credits, 'credit', window),
      ],
      IRELAND,
    )

  test('of 624 credits 48 are charged on the way and 576 at the end', () => {
    expect(state.charged).toBeCloseTo(48, 9)
    expect(credits).toBeCloseTo(624, 9)
  })
  test('the invoice', () => {
    const result = invoice('unlimited')
    addsUp(result)
    expect(result.lines.map(written)).toEqual([
      'public IPv4 address, in use: 13 hour × 0.005 = 0.065',
      't3.medium on-demand, Linux: 13 hour × 0.0456 = 0.5928',
      'surplus CPU credits: 10.4 vCPU-hour × 0.05 = 0.52', // 624 / 60
      'EBS gp3 storage, 93 GiB: 1.625 GB-month × 0.088 = 0.143', // 93 × 13 / 744
      'internet egress, free up to 100 GB a month: 40 GB × 0 = 0',
    ])
    // 0.065 + 0.5928 + 0.52 + 0.143
    expect(usd(result.total)).toBe('1.3208')
  })
  test('in standard mode the same machine costs 0.52 less, and is slower', () => {
    expect(usd(invoice('standard').total)).toBe('0.8008')
    expect(runLoad(size, 'standard', none, { hours: 13, cpuPct: 60 }).throttledHours).toBe(13)
  })
})

describe('tiers over a month’s end: 24,000 GB from noon of 30 November to noon of 1 December', () => {
  const invoice = (from: string) => {
    const window = windowOf(from, 24)
    return forecast(
      graphOf(
        resource('cdn', 'aws:cloudfront/distribution:Distribution', { priceClass: 'PriceClass_100' }),
        resource('pop', INSTANCE, standard(31)),
      ),
      eventFor(from, 24),
      [
        used('urn:cdn', 'cdn-egress', decimalGb(10_240), 'GB', window),
        used('urn:cdn', 'cdn-requests', 1_000_000, 'request', window),
        used('urn:pop', 'internet-egress', decimalGb(24_000), 'GB', window),
      ],
      IRELAND,
    )
  }
  test('the invoice', () => {
    const result = invoice('2026-11-30T12:00:00Z')
    addsUp(result)
    expect(result.lines.map(written)).toEqual([
      'CloudFront egress, europe: 10240 GB × 0.085 = 870.4',
      'CloudFront HTTPS requests, europe: 1000000 request × 0.0000012 = 1.2',
      't3.medium on-demand, Linux: 24 hour × 0.0456 = 1.0944',
      // 31 × 12 / 720 = 0.516666667 in November, 31 × 12 / 744 = 0.5 in December
      'EBS gp3 storage, 31 GiB: 1.016666667 GB-month × 0.088 = 0.089466666696',
      // 12,000 GB in each month: 100 free, 10,240 in the first tier, 1,660 in the second
      'internet egress, free up to 100 GB a month: 200 GB × 0 = 0',
      'internet egress: 20480 GB × 0.09 = 1843.2',
      'internet egress, above 10240 GB a month: 3320 GB × 0.085 = 282.2',
    ])
    // 870.4 + 1.2 + 1.0944 + 0.089466666696 + 1843.2 + 282.2
    expect(usd(result.total)).toBe('2998.183866666696')
  })
  test('inside one month the same costs 42.70 less for egress: one free part and one first tier, not two', () => {
    // 10,240 × (0.09 − 0.085) = 51.2 dearer for a second first tier, 100 × 0.085 = 8.5 cheaper for a second free part.
    const egress = ({ lines }: Forecast) =>
      lines.filter(({ rateId }) => rateId?.startsWith('transfer.')).reduce((sum, { list }) => sum + list, 0n)
    const across = egress(invoice('2026-11-30T12:00:00Z'))
    const within = egress(invoice('2026-12-10T12:00:00Z'))
    expect(usd(across)).toBe('2125.4')
    expect(usd(within)).toBe('2082.7')
  })
})

describe('a night of daylight saving: 16:00 on one day to 23:00 on the next, by the clock on the wall', () => {
  const invoice = (start: string) =>
    forecast(
      graphOf(
        resource(
          'box',
          'micropop:infra:VenuePop',
          { venue: 'hall', pop: { platform: 'k3s', rentPerDayUsd: '90' } },
          { venue: 'hall' },
        ),
        resource('balancer', 'aws:lb/loadBalancer:LoadBalancer', {
          loadBalancerType: 'network',
          internal: false,
          subnets: ['a', 'b'],
        }),
        resource('pop', INSTANCE, standard(31)),
      ),
      eventFor(start, 4, {
        ...{ timezone: 'Europe/Berlin', days: 2, setupS: 2 * 3600, teardownS: 3600 },
        venues: [hallVenue(), remoteVenue()],
      }),
      [
        used('urn:balancer', 'lb-capacity', 8, 'LCU-hour', windowOf(start, 4)),
        used('urn:pop', 'internet-egress', decimalGb(10), 'GB', windowOf(start, 4)),
      ],
      IRELAND,
    )

  test('in October the night has an hour more: 32 hours', () => {
    // 24 October 16:00+02:00 is 14:00Z; 25 October 23:00+01:00 is 22:00Z.
    const result = invoice('2026-10-24T18:00:00+02:00')
    addsUp(result)
    expect(result.lines.map(written)).toEqual([
      'rent of the venue machine: 2 day × 90 = 180',
      'network load balancer: 32 hour × 0.0252 = 0.8064',
      'network load balancer capacity: 8 LCU-hour × 0.006 = 0.048',
      'public IPv4 address, in use: 64 hour × 0.005 = 0.32', // in two zones
      't3.medium on-demand, Linux: 32 hour × 0.0456 = 1.4592',
      'EBS gp3 storage, 31 GiB: 1.333333333 GB-month × 0.088 = 0.117333333304', // 31 × 32 / 744
      'internet egress, free up to 100 GB a month: 10 GB × 0 = 0',
    ])
    // 180 + 0.8064 + 0.048 + 0.32 + 1.4592 + 0.117333333304
    expect(usd(result.total)).toBe('182.750933333304')
  })
  test('in March it has an hour less: 30 hours', () => {
    // 180 + 30 × 0.0252 + 0.048 + 60 × 0.005 + 30 × 0.0456 + 31 × 30 / 744 × 0.088
    // = 180 + 0.756 + 0.048 + 0.3 + 1.368 + 0.11
    const result = invoice('2027-03-27T18:00:00+01:00')
    addsUp(result)
    expect(usd(result.total)).toBe('182.582')
  })
  test('in November it has neither: 31 hours', () => {
    // 180 + 31 × 0.0252 + 0.048 + 62 × 0.005 + 31 × 0.0456 + 1.334722222 × 0.088, of 31 × 31 / 720
    // = 180 + 0.7812 + 0.048 + 0.31 + 1.4136 + 0.117455555536
    const result = invoice('2026-11-07T18:00:00+01:00')
    addsUp(result)
    expect(usd(result.total)).toBe('182.670255555536')
  })
})

describe('two rented lines, discounts on AWS and 19 % VAT: thirty hours are two days', () => {
  const window = windowOf('2026-12-03T08:00:00Z', 30)
  const result = forecast(
    graphOf(
      resource(
        'box',
        'micropop:infra:VenuePop',
        {
          venue: 'hall',
          pop: { platform: 'k3s', rentPerDayUsd: '90' },
          lineRents: [
            { uplink: 'hall-line', perDayUsd: '45.5' },
            { uplink: 'spare', perDayUsd: '12.25' },
          ],
        },
        { venue: 'hall' },
      ),
      resource('address', 'aws:ec2/eip:Eip', { instance: 'i-1' }),
      resource('pop', INSTANCE, standard(62)),
    ),
    eventFor('2026-12-03T08:00:00Z', 30, {
      finance: {
        costCentre: null,
        vat: 0.19,
        discounts: [
          { service: 'all', share: 0.05 },
          { service: 'ec2', share: 0.1 },
        ],
      },
    }),
    [used('urn:pop', 'internet-egress', decimalGb(150), 'GB', window)],
    IRELAND,
  )
  test('the invoice', () => {
    addsUp(result)
    expect(result.lines.map((line) => `${written(line)} − ${usd(line.discount)}`)).toEqual([
      'rent of the venue machine: 2 day × 90 = 180 − 0', // no discount of AWS is one of the venue
      'rent of the line hall-line: 2 day × 45.5 = 91 − 0',
      'rent of the line spare: 2 day × 12.25 = 24.5 − 0',
      'public IPv4 address, in use: 30 hour × 0.005 = 0.15 − 0.0075', // 5 %
      't3.medium on-demand, Linux: 30 hour × 0.0456 = 1.368 − 0.1368', // 10 %, its own before that of all
      'EBS gp3 storage, 62 GiB: 2.5 GB-month × 0.088 = 0.22 − 0.011', // 62 × 30 / 744; 5 %
      'internet egress, free up to 100 GB a month: 100 GB × 0 = 0 − 0',
      'internet egress: 50 GB × 0.09 = 4.5 − 0.225', // 5 %
    ])
  })
  test('301.3577 before tax, 57.257963 of tax', () => {
    // 180 + 91 + 24.5 + 0.1425 + 1.2312 + 0.209 + 4.275 = 301.3577; × 0.19 = 57.257963
    expect(usd(result.total)).toBe('301.3577')
    expect(usd(result.vat?.amount ?? 0n)).toBe('57.257963')
  })
})

describe('S3: 60 GB in 2,000 objects for the thirty days of November, moved to Deep Archive after twelve', () => {
  const window = windowOf('2026-11-01T00:00:00Z', 720)
  const book = bookOf(
    's3.standard.storage 0.023 GB-month 0 51200',
    's3.standard.put 0.000005 request',
    's3.standard.get 0.0000004 request',
    's3.deep-archive.storage 0.00099 GB-month',
    's3.deep-archive.transition 0.00005 request',
    's3.deep-archive.retrieval 0.02 GB',
  )
  const invoice = (forceDestroy: boolean) =>
    forecast(
      graphOf(
        resource('assets', 'aws:s3/bucket:Bucket', { forceDestroy }),
        resource(
          'rules',
          'aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration',
          {
            rules: [
              {
                status: 'Enabled',
                filter: { prefix: '' },
                transitions: [{ days: 12, storageClass: 'DEEP_ARCHIVE' }],
              },
            ],
          },
          { dependencies: ['urn:assets'] },
        ),
      ),
      eventFor('2026-11-01T00:00:00Z', 720),
      [
        used('urn:assets', 's3-storage', decimalGb(60), 'GB-month', window),
        used('urn:assets', 's3-put', 2000, 'request', window),
        used('urn:assets', 's3-get', 50_000, 'request', window),
        used('urn:assets', 's3-retrieval', decimalGb(5), 'GB', window),
      ],
      book,
    )

  test('the invoice', () => {
    const result = invoice(true)
    addsUp(result)
    expect(result.lines.map(written)).toEqual([
      'S3 Standard storage: 24 GB-month × 0.023 = 0.552', // 60 × 12 / 30
      'S3 deep-archive storage: 36 GB-month × 0.00099 = 0.03564', // 60 × 18 / 30
      'S3 moves to deep-archive, at most: 2000 request × 0.00005 = 0.1',
      // 180 days from 13 November end on 12 May: five months and 11 days of 31; 60 × (5 + 11 / 31)
      'S3 deep-archive, deleted before 180 days: 321.290322581 GB-month × 0.00099 = 0.318077419355',
      'S3 PUT, COPY, POST and LIST requests: 2000 request × 0.000005 = 0.01',
      'S3 GET and other requests: 50000 request × 0.0000004 = 0.02',
      'S3 retrieval from deep-archive: 5 GB × 0.02 = 0.1',
    ])
    // 0.552 + 0.03564 + 0.1 + 0.318077419355 + 0.01 + 0.02 + 0.1
    expect(usd(result.total)).toBe('1.135717419355')
  })
  test('a bucket that stays owes nothing for deletion yet', () => {
    // 1.135717419355 − 0.318077419355
    expect(usd(invoice(false).total)).toBe('0.81764')
  })
})
