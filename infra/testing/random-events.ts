// Random event files that the loader must accept: every platform, way of buying and option, in every region.
import * as fc from 'fast-check'
import { architectureOf, type InstanceType, loadCatalog } from '../catalog/catalog.ts'
import { AURORA_CLASS } from '../event/central-checks.ts'
import { fargateMismatch } from '../event/fargate.ts'
import { NAME_PATTERN } from '../event/fields.ts'

/** An event file as its YAML (JSON is YAML) is read. */
export type RandomEventFile = {
  event: { name: string; region: string }
  venues: Record<string, unknown>
} & Record<string, unknown>

const catalog = loadCatalog()
const VENUES_MAX = 6

/** Names as NAME_PATTERN has them, up to `most` characters. */
const name = (most: number) =>
  fc.stringMatching(new RegExp(`^[a-z][a-z0-9-]{0,${most - 1}}$`)).filter((each) => NAME_PATTERN.test(each))

const access = fc.constantFrom(
  [{ technology: 'wifi_5GHz', signal: 'strong' }],
  [
    { technology: '4g', signal: 'weak', share: '12.5 %' },
    { technology: 'wifi_2.4GHz', signal: 'medium', share: '87.5 %' },
  ],
)

const anyVenue = {
  attendees: fc.integer({ min: 1, max: 50_000 }),
  access,
}

const anyPop = {
  queue: fc.constantFrom('1 GB', '10 GB', '23.5 GB'),
  encryptQueue: fc.boolean(),
  https: fc.boolean(),
}

const hall = fc.record(
  {
    placement: fc.constant('on-site'),
    ...anyVenue,
    uplink: fc.record({
      rate: fc.constantFrom('2 Mbit/s', '1 Gbit/s'),
      rtt: fc.constantFrom('1ms', '600ms'),
    }),
    backupUplink: fc.constant({ technology: '5g', rate: '10 Mbit/s', rtt: '50ms' }),
    pop: fc
      .record(
        {
          platform: fc.constant('k3s'),
          cores: fc.constantFrom(0.5, 4, 64),
          memory: fc.constantFrom('512 MB', '16 GB'),
          ...anyPop,
          rentPerDay: fc.constant('90 USD'),
          ingress: fc.constantFrom({}, { tlsSecret: 'hall-tls', className: 'nginx', namespace: 'ingress' }),
          disk: fc.constantFrom(
            { node: 'box-1' },
            { node: 'box.local', folder: '/srv/queue' },
            { storageClass: 'fast' },
          ),
        },
        { requiredKeys: ['platform', 'cores', 'memory'] },
      )
      .map(({ disk, ...pop }) => ({ ...pop, ...disk }))
      // Either the PoP ends TLS or what is before it.
      .map((pop) => (pop.ingress === undefined ? pop : { ...pop, https: false })),
  },
  { requiredKeys: ['placement', 'attendees', 'access', 'uplink', 'pop'] },
)

/** Types that a machine of `type` may have instead. */
function standIns(type: InstanceType, types: InstanceType[]): string[] {
  return types
    .filter(
      (other) =>
        other !== type &&
        architectureOf(other.name) === architectureOf(type.name) &&
        (other.burst === null) === (type.burst === null) &&
        (other.vcpus ?? 0) >= (type.vcpus ?? 0),
    )
    .map(({ name }) => name)
}

function purchase(type: InstanceType, types: InstanceType[]) {
  const others = standIns(type, types)
  const policy = fc.constantFrom(type.burst ? 'burstable' : 'on-demand', 'reserved')
  return fc.oneof(
    fc.record({ policy, standby: fc.constant('warm') }, { requiredKeys: ['policy'] }),
    ...(type.instanceStoreBytes === null
      ? []
      : [fc.record({ policy, standby: fc.constant('warm'), disk: fc.constant('instance-store') })]),
    fc.record(
      {
        policy: fc.constant('spot'),
        maxPrice: fc.constantFrom('0.02 USD', '1.5 USD'),
        ...(others.length > 0 && {
          orTypes: fc.uniqueArray(fc.constantFrom(...others), { minLength: 1, maxLength: 4 }),
        }),
      },
      { requiredKeys: ['policy'] },
    ),
  )
}

function cloudVenue(types: InstanceType[], region: string) {
  return fc.constantFrom(...types).chain((type) =>
    fc.record({
      placement: fc.constant('region'),
      ...anyVenue,
      pop: fc
        .tuple(
          purchase(type, types),
          fc.record(
            {
              platform: fc.constant('ec2'),
              instanceType: fc.constant(type.name),
              ...(type.burst && { credits: fc.constantFrom('standard', 'unlimited') }),
              volume: fc.constantFrom('30 GB', '512 GiB'),
              alarmTopic: fc.constant(`arn:aws:sns:${region}:123456789012:ops`),
              ...anyPop,
            },
            { requiredKeys: ['platform', 'instanceType'] },
          ),
        )
        .map(([bought, { volume, ...machine }]) => ({
          ...machine,
          ...('disk' in bought || volume === undefined ? {} : { volume }),
          ...bought,
        })),
    }),
  )
}

const ingest = fc
  .record({
    vcpu: fc.constantFrom(0.25, 0.5, 1, 2),
    memoryGib: fc.constantFrom(0.5, 1, 2, 4),
    tasks: fc.integer({ min: 1, max: 9 }),
    more: fc.integer({ min: 0, max: 3 }),
  })
  .filter(({ vcpu, memoryGib }) => fargateMismatch(vcpu, memoryGib * 2 ** 30) === undefined)
  .map(({ memoryGib, more, ...rest }) => ({
    ...rest,
    memory: `${memoryGib} GiB`,
    ...(more > 0 && { maxTasks: rest.tasks + more }),
  }))

function central(classes: string[]) {
  return fc.record(
    {
      database: fc.oneof(
        fc.record({
          class: fc.constantFrom(...classes),
          storage: fc.constantFrom('20 GiB', '100 GB'),
          multiAz: fc.boolean(),
        }),
        fc.record({
          engine: fc.constant('aurora'),
          class: fc.constantFrom(...classes.filter((each) => AURORA_CLASS.test(each))),
          multiAz: fc.boolean(),
        }),
      ),
      archive: fc.constantFrom({ after: '30d' }, { after: '1d', tier: 'days', delete: '730d' }),
      alerts: fc.constant('ops@example.org'),
      logDays: fc.constantFrom(1, 30, 365),
      ingest,
      cdn: fc.boolean(),
      network: fc.record({ cidr: fc.constantFrom('10.0.0.0/16', '192.168.0.0/22', '100.64.8.0/24') }),
      zone: fc.constantFrom('x.io', 'live.events.example.org'),
    },
    { requiredKeys: ['database', 'zone'] },
  )
}

/** Regions in which there is a database to be had. */
const regions = catalog
  .regions()
  .map((region) => ({
    region,
    types: [...catalog.instanceTypes.values()].filter((t) => t.vcpus !== null && t.regions.includes(region)),
    classes: [...catalog.databaseClasses.values()]
      .filter((each) => each.regions.includes(region))
      .map((each) => each.name),
  }))
  .filter(({ types, classes }) => types.length > 0 && classes.length > 0)

export function randomEventFile(): fc.Arbitrary<RandomEventFile> {
  const file = fc.constantFrom(...regions).chain(({ region, types, classes }) =>
    fc.record(
      {
        micropop: fc.constant(1),
        // Central's certificate takes 64 characters, of which `central.` and the zone need 32.
        event: fc.record({
          name: name(32),
          title: fc.constant('A random event'),
          region: fc.constant(region),
          timezone: fc.constantFrom('Europe/Dublin', 'Asia/Kolkata'),
          critical: fc.boolean(),
        }),
        show: fc.record({
          starts: fc.constant('2027-03-04T09:00'),
          days: fc.integer({ min: 1, max: 3 }),
          runOfShow: fc.constant([{ name: 'keynote', duration: '1h', engagement: 'high' }]),
        }),
        budget: fc.constant('900 USD'),
        dns: fc.record({ ttl: fc.constantFrom('5s', '10m') }),
        venues: fc.dictionary(
          name(40).filter((venue) => venue !== 'central'),
          fc.oneof(hall, cloudVenue(types, region)),
          { minKeys: 1, maxKeys: VENUES_MAX, noNullPrototype: true },
        ),
        central: central(classes),
        sponsors: fc.uniqueArray(name(40), { maxLength: 12 }),
      },
      { requiredKeys: ['micropop', 'event', 'show', 'venues'] },
    ),
  )
  return fc.tuple(file as fc.Arbitrary<RandomEventFile>, fc.boolean()).map(([event, joined]) => {
    return joined ? withBroker(event) : event
  })
}

/** The PoPs as one broker, where there are several. */
function withBroker(file: RandomEventFile): RandomEventFile {
  const placements = Object.values(file.venues).map((venue) => (venue as { placement: string }).placement)
  if (placements.length < 2) return file
  const broker = placements.includes('on-site')
    ? { siteAddresses: ['203.0.113.0/24', '198.51.100.7/32'] }
    : {}
  return { ...file, central: { ...(file.central as object | undefined), broker } }
}
