// What the cloud would refuse at the first deployment is refused in the event file, with its place.
import { expect, test } from 'vitest'
import { loadEvent } from './load.ts'
import { change, complaints, EVENT, eventFolder, MARK, markOf } from './test-event.ts'

/** What is replaced, by what (the mark is where the complaint points), and what is told. */
const BEYOND: Record<string, [from: string, to: string, message: string]> = {
  'name that ends with a dash': [
    'name: test-event',
    `name: ${MARK}test-event-`,
    '"test-event-" is not a name: it takes a to z, 0 to 9 and "-" between them, starts with a letter, at most 40; write test-event',
  ],
  'name with two dashes': [
    'name: test-event',
    `name: ${MARK}test--event`,
    '"test--event" is not a name: it takes a to z, 0 to 9 and "-" between them, starts with a letter, at most 40; write test-event',
  ],
  'name that is cut at a dash': [
    'name: test-event',
    `name: ${MARK}${'x'.repeat(39)}-event`,
    `"${'x'.repeat(39)}-event" is not a name: it takes a to z, 0 to 9 and "-" between them, starts with a letter, at most 40; write ${'x'.repeat(39)}`,
  ],
  'venue with the name of what all share': [
    '  remote:\n',
    `  ${MARK}central:\n`,
    '"central" is the name of what all venues share; give the venue another name, such as hall',
  ],
  'name too long for a certificate': [
    'name: test-event',
    `name: ${MARK}${'x'.repeat(40)}`,
    `central would be central.${'x'.repeat(40)}.events.example.org, 67 characters, and its certificate takes 64; write a name of at most 37 characters, or a zone of at most 15 characters`,
  ],
  'zone too long for a certificate': [
    'budget: 900 USD',
    `budget: 900 USD\ncentral: { zone: ${MARK}${'z'.repeat(60)}.example.org }`,
    `central would be central.test-event.${'z'.repeat(60)}.example.org, 91 characters, and its certificate takes 64; write a zone of at most 45 characters`,
  ],
  'network that is no range': [
    'budget: 900 USD',
    `budget: 900 USD\ncentral: { network: { cidr: ${MARK}10.64.0.0 } }`,
    '"10.64.0.0" is no range of IPv4 addresses; write one such as 10.64.0.0/16',
  ],
  'network too small for what is in it': [
    'budget: 900 USD',
    `budget: 900 USD\ncentral: { ingest: { tasks: 9 }, network: { cidr: ${MARK}10.64.0.0/26 } }`,
    '"10.64.0.0/26" is too small for 9 ingest tasks, machines of PoPs in the region (1), the load balancer and the database; write a /25 or larger',
  ],
  'broker of halls that come from nowhere': [
    'budget: 900 USD',
    `budget: 900 USD\ncentral: { broker: ${MARK}{} }`,
    'the hub lets in only addresses that it knows; write those that the halls come from, such as `siteAddresses: [203.0.113.7/32]`',
  ],
  'hall that comes from everywhere': [
    'budget: 900 USD',
    `budget: 900 USD\ncentral: { broker: { siteAddresses: [${MARK}0.0.0.0/0] } }`,
    '"0.0.0.0/0" is no range of at most 256 IPv4 addresses; write one such as 203.0.113.7/32',
  ],
  'database smaller than RDS has': [
    'budget: 900 USD',
    `budget: 900 USD\ncentral: { database: { storage: ${MARK}20 GB } }`,
    '"20 GB" is less than 20 GiB, the least that RDS gives PostgreSQL on gp3; write a size with its unit such as 20 GiB',
  ],
  'spot for a database': [
    'budget: 900 USD',
    `budget: 900 USD\ncentral: { database: { policy: ${MARK}spot } }`,
    'a database is not bought as spot: it would be taken away in mid-show with what it holds; write `policy: on-demand`',
  ],
  'Aurora on a class that it has not': [
    'budget: 900 USD',
    `budget: 900 USD\ncentral: { database: { engine: aurora, class: ${MARK}db.m6g.large } }`,
    'Aurora does not run on db.m6g.large; write one such as db.r6g.large',
  ],
  'a size for Aurora': [
    'budget: 900 USD',
    `budget: 900 USD\ncentral: { database: { engine: aurora, storage: ${MARK}50 GB } }`,
    'the storage of Aurora grows by itself; leave `storage` out',
  ],
  'fewer tasks at most than always': [
    'budget: 900 USD',
    `budget: 900 USD\ncentral: { ingest: { tasks: 4, maxTasks: ${MARK}2 } }`,
    '2 tasks at most are fewer than the 4 that always run; write 4 or more',
  ],
  'days that CloudWatch does not offer': [
    'budget: 900 USD',
    `budget: 900 USD\ncentral: { logDays: ${MARK}31 }`,
    'CloudWatch keeps logs for fixed numbers of days, and 31 is none of them; write 60',
  ],
  'an address that is none': [
    'budget: 900 USD',
    `budget: 900 USD\ncentral: { alerts: ${MARK}ops at example.org }`,
    '"ops at example.org" is not an e-mail address; write one such as ops@example.org',
  ],
  'a copy in the region of the event': [
    'budget: 900 USD',
    `budget: 900 USD\ncentral: { copyRegion: ${MARK}eu-west-1 }`,
    "eu-west-1 is the event's own region; write another",
  ],
  'a copy that nobody asks': [
    'budget: 900 USD',
    `budget: 900 USD\ncentral: { cdn: false, copyRegion: ${MARK}eu-central-1 }`,
    'nobody asks a copy without a CDN; write `cdn: true`, or leave it out',
  ],
  'deleted before the tier is paid for': [
    'budget: 900 USD',
    `budget: 900 USD\ncentral: { archive: { after: 30d, tier: days, delete: ${MARK}60d } }`,
    'S3 bills that tier for 180 days at least; write 210d or more',
  ],
  'half a day in S3': [
    'budget: 900 USD',
    `budget: 900 USD\ncentral: { archive: { after: ${MARK}36h } }`,
    'S3 counts whole days; write one such as 30d',
  ],
  'fallback that has no public address': [
    'uplink: { rate: 10 Mbit/s, rtt: 35ms }',
    `uplink: { rate: 10 Mbit/s, rtt: 35ms }\n    fallback: ${MARK}hall`,
    '"hall" is no other venue in the region, and only such a PoP has a public address; write remote',
  ],
  'volume smaller than EBS has': [
    'volume: 40 GB, queue: 20 GB',
    `volume: ${MARK}1 GB, queue: 64 MB`,
    '"1 GB" is less than 1 GiB, the least that EBS sells as gp3; write a size with its unit such as 30 GB',
  ],
  'queue smaller than a segment': [
    'volume: 40 GB, queue: 20 GB',
    `volume: 40 GB, queue: ${MARK}1 B`,
    '"1 B" is less than 64 MB, the least that holds more than one segment of the log; write a size with its unit such as 10 GB',
  ],
  'memory that no PoP runs in': [
    'memory: 16 GB',
    `memory: ${MARK}1 MB`,
    '"1 MB" is less than 512 MB, the least that the system, k3s and a PoP run in; write a size with its unit such as 16 GB',
  ],
}

test('a spot machine and the one that takes its place both need an address; a standby is in the other zone', () => {
  const small = change(
    EVENT,
    'micropop: 1\n',
    `micropop: 1\ncentral: { ingest: { tasks: 1 }, network: { cidr: ${MARK}10.64.0.0/26 } }\n`,
  )
  const event = (policy: string) => change(small, 'policy: burstable', policy)
  const of = (policy: string) => complaints({ event: event(policy) })
  expect(of('policy: spot')).toEqual([
    expect.stringContaining('machines of PoPs in the region (2), the load balancer'),
  ])
  expect(() =>
    loadEvent(`${eventFolder({ event: event('policy: burstable, standby: warm') })}/event.yaml`),
  ).not.toThrow()
})

test('the hub needs an address beside the machines of PoPs in its zone', () => {
  const withCentral = (more: string) =>
    change(
      EVENT,
      'micropop: 1\n',
      `micropop: 1\ncentral: { ingest: { tasks: 1 }, network: { cidr: ${MARK}10.64.0.0/26 }${more} }\n`,
    )
  const event = withCentral(', broker: { siteAddresses: [203.0.113.7/32] }')
  expect(complaints({ event })).toEqual([
    `${markOf('event.yaml', event)}: "10.64.0.0/26" is too small for 1 ingest tasks, machines of PoPs in the region (1), the hub, the load balancer and the database; write a /25 or larger`,
  ])
  expect(() => loadEvent(`${eventFolder({ event: withCentral('') })}/event.yaml`)).not.toThrow()
})

test.each(Object.entries(BEYOND))('%s', (_name, [from, to, message]) => {
  const event = change(EVENT, from, to)
  expect(complaints({ event })).toEqual([`${markOf('event.yaml', event)}: ${message}`])
})

test('the database of a critical event has a standby, unless it says otherwise', () => {
  const multiAz = (critical: boolean, central = '') => {
    const event = change(EVENT, '  title: A test event', `  title: A test event\n  critical: ${critical}`)
    return loadEvent(`${eventFolder({ event: event + central })}/event.yaml`).central.database.multiAz
  }
  expect(multiAz(true)).toBe(true)
  expect(multiAz(false)).toBe(false)
  expect(multiAz(true, 'central: { database: { multiAz: false } }\n')).toBe(false)
})

test('the default database has the 20 GiB that RDS asks for', () => {
  const event = loadEvent(`${eventFolder()}/event.yaml`)
  expect(event.central.database.storageBytes).toBe(20 * 2 ** 30)
})

test('a zone may lie under an internationalised top-level domain', () => {
  const zone = 'show.xn--fiqs8s'
  const event = loadEvent(`${eventFolder({ event: `${EVENT}central: { zone: ${zone} }\n` })}/event.yaml`)
  expect(event.central.zone).toBe(zone)
})
