// The format of a venue in the event file: who comes, over which links, and what its PoP runs on.
import * as z from 'zod'
import { loadCatalog } from '../catalog/catalog.ts'
import { subnetProblem } from '../central-services/network-range.ts'
import { ACCESS_TECHNOLOGIES, SIGNALS } from './access-classes.ts'
import { DEFAULT_POP, DEFAULT_REGION_UPLINK } from './defaults.ts'
import { BOX_DISKS, DEVICES, EC2_DISKS, PLACEMENTS, PURCHASE_POLICIES, UPLINK_TECHNOLOGIES } from './event.ts'
import { amount, count, expected, flag, listOf, name, oneOf, section } from './fields.ts'
import { costCentre } from './finance-schema.ts'
import { onCluster } from './k3s-schema.ts'
import { bitRate, duration, milliseconds, money, share, size } from './quantity-fields.ts'
import { quote } from './quote.ts'

const catalog = loadCatalog()

const MAX_ATTENDEES = 1_000_000
/** Instance types of one Auto Scaling group's launch template overrides (Amazon EC2 Auto Scaling User Guide, 2026-11). */
const MAX_OR_TYPES = 39

const OUTPOST_EXAMPLE = 'arn:aws:outposts:us-west-2:123456789012:outpost/op-0a1b2c3d4e5f60718'
const TOPIC_EXAMPLE = 'arn:aws:sns:eu-west-1:123456789012:show-alarms'

const LEAST_QUEUE = { size: '64 MB', why: 'holds more than one segment of the log' }
const LEAST_MEMORY = { size: '512 MB', why: 'the system, k3s and a PoP run in' }
const LEAST_VOLUME = { size: '1 GiB', why: 'EBS sells as gp3' }

const accessClass = section('a kind of access link', {
  technology: oneOf('an access technology', ACCESS_TECHNOLOGIES),
  signal: oneOf('a signal class', SIGNALS),
  share: share('35 %')
    .prefault('100 %')
    .describe('Share of the venue’s attendees; the shares of a venue add up to 100 %.'),
  device: oneOf('a device', DEVICES)
    .optional()
    .describe(
      'What they hold: how wide their images are, and how often their sockets are lost. Without it, images of `page.imageWidth` and a socket lost each 10 minutes.',
    ),
  imageWidth: count('pixels', 1280, 16, 8_000)
    .optional()
    .describe('Pixels of the images that they ask for, instead of those of the device.'),
  dropEvery: duration('10m', { min: '10s', max: '24h' })
    .optional()
    .describe('Mean time between lost sockets, instead of that of the device.'),
})

const uplinkOf = (what: string, called: string) =>
  section(what, {
    name: name('the name of the uplink', called).default(called),
    technology: oneOf('a technology of uplinks', UPLINK_TECHNOLOGIES, '5g')
      .prefault('fibre')
      .describe(
        'What it is made of. Radio links stall now and then, which the twin’s day has and a rehearsal has not.',
      ),
    rate: bitRate('20 Mbit/s', '400 Gbit/s').describe('Bit rate from the PoP to central.'),
    rtt: milliseconds('30ms', '10s').describe('Round trip between the PoP and central.'),
    rentPerDay: money('40 USD', '100000 USD')
      .optional()
      .describe('Rent of the line for each day of the window; without it, it is the house’s own.'),
  })

const uplink = uplinkOf('an uplink', 'uplink')

/** What PoPs on every platform are told. */
const anyPop = {
  queue: (most: string) =>
    size('10 GB', most, LEAST_QUEUE)
      .prefault(DEFAULT_POP.queue)
      .describe('Disk for messages that wait for central.'),
  encryptQueue: flag()
    .prefault(DEFAULT_POP.encryptQueue)
    .describe('Whether the queue is encrypted on its disk, with a key of its own.'),
  https: flag()
    .prefault(DEFAULT_POP.https)
    .describe(
      'Whether the PoP speaks HTTPS, on port 443, with a certificate for its name: `micropop certificate obtain` gets one.',
    ),
  reconnect: milliseconds('3ms', '1s')
    .prefault(DEFAULT_POP.reconnect)
    .describe(
      'Processor time of one session that comes back over TLS: sets how fast a drain sends sessions away. `micropop preflight` says what was measured.',
    ),
  fsync: section('the times of a durable write', {
    p50: milliseconds('2ms', '60s').describe('Half of all writes take no longer.'),
    p99: milliseconds('20ms', '60s').describe('Of a hundred writes 99 take no longer.'),
  })
    .optional()
    .describe(
      'What one durable write takes on the queue’s disk, as you measured it there: `fio --rw=write --ioengine=sync --fdatasync=1 --bs=2300`. Goes before what is known of the kind of disk.',
    ),
}

const k3sPop = section('a k3s PoP', {
  platform: z.literal('k3s').describe('A k3s box at the venue.'),
  cores: amount('cores', 4, 0.1, 512).describe('Cores of the box.'),
  memory: size('16 GB', '4 TB', LEAST_MEMORY),
  disk: oneOf('a disk', BOX_DISKS, 'nvme')
    .optional()
    .describe(
      'What the queue lies on, for the twin: nvme-plp has power loss protection, nvme and ssd have none. Without it the twin has the disk of the machine that its times were measured on.',
    ),
  queue: anyPop.queue('20 TB'),
  encryptQueue: anyPop.encryptQueue,
  https: anyPop.https,
  reconnect: anyPop.reconnect,
  fsync: anyPop.fsync,
  rentPerDay: money('90 USD', '100000 USD')
    .optional()
    .describe('Rent of the box for each day of the window.'),
  ...onCluster,
})

const ec2Pop = section('an EC2 PoP', {
  platform: z.literal('ec2').describe('A virtual machine in the region.'),
  instanceType: oneOf('an instance type of the catalogue', [...catalog.instanceTypes.keys()], 't3.medium'),
  policy: oneOf('a purchase policy', PURCHASE_POLICIES).describe(
    'on-demand, or burstable for T types, which spend CPU credits. reserved: capacity is kept for the machine from the deployment on. spot: cheaper, and AWS may take it back with two minutes’ notice.',
  ),
  credits: oneOf('a credit mode', ['standard', 'unlimited'])
    .optional()
    .describe('Without credits left: standard throttles (the default), unlimited bills.'),
  maxPrice: money('0.02 USD', '1000 USD')
    .optional()
    .describe('Only for spot: most that an hour may cost. Without it, as much as on demand.'),
  orTypes: listOf(
    oneOf('an instance type of the catalogue', [...catalog.instanceTypes.keys()], 't3.large'),
    'instance types',
    1,
    MAX_OR_TYPES,
  )
    .optional()
    .describe('Only for spot: types that will do as well. The more there are, the rarer is an interruption.'),
  standby: oneOf('a standby', ['warm'])
    .optional()
    .describe(
      'warm: a second machine in another zone keeps a copy of the log. An operator has it take over with `micropop-take-over`.',
    ),
  alarmTopic: z
    .string({ error: expected('the ARN of an SNS topic', TOPIC_EXAMPLE) })
    .regex(/^(none|arn:aws:sns:[a-z0-9-]+:\d{12}:[A-Za-z0-9_-]{1,256})$/, {
      error: ({ input }) =>
        `${quote(String(input))} is not the ARN of an SNS topic; write one such as ${TOPIC_EXAMPLE}, or none`,
    })
    .optional()
    .describe(
      'SNS topic in the event’s region that is told when the machine fails, its credits run out, messages wait too long, or the disk fills. Without it, the topic of `central.alerts` where there is one; none: no alarms.',
    ),
  disk: oneOf('a disk', EC2_DISKS)
    .optional()
    .describe(
      'What the queue and the images are on: gp3 in the region, gp2 in a Local Zone and on an Outpost, which often have no other. instance-store: the NVMe disk of the machine, faster and gone with it; needs `standby: warm`. Where it is written here the twin has its times.',
    ),
  volume: size('30 GB', '16 TB', LEAST_VOLUME)
    .optional()
    .describe(
      `Volume for the queue and the images, ${DEFAULT_POP.volume} without it; the system has one of its own.`,
    ),
  subnet: section('a PoP’s subnet', {
    zone: z
      .string({ error: expected('a Local Zone', 'us-west-2-lax-1a') })
      .optional()
      .describe('Local Zone, for `placement: local-zone`; the account must have opted in to it.'),
    outpost: z
      .string({ error: expected('the ARN of an Outpost', OUTPOST_EXAMPLE) })
      .regex(/^arn:aws:outposts:[a-z0-9-]+:\d{12}:outpost\/op-[0-9a-f]{17}$/, {
        error: ({ input }) =>
          `${quote(String(input))} is not the ARN of an Outpost; write one such as ${OUTPOST_EXAMPLE}`,
      })
      .optional()
      .describe('ARN of the Outpost, for `placement: outpost`.'),
    cidr: z
      .string({ error: expected('a range of addresses', '10.64.128.0/24') })
      .refine((value) => subnetProblem(value) === undefined, {
        error: ({ input }) => `${quote(String(input))} ${subnetProblem(String(input))}`,
      })
      .optional()
      .describe(
        'Range of the subnet in the event’s own network. Without it the stack names an existing subnet.',
      ),
  })
    .optional()
    .describe('Where a PoP stands that is in none of the region’s own zones.'),
  queue: anyPop.queue('16 TB'),
  encryptQueue: anyPop.encryptQueue,
  https: anyPop.https,
  reconnect: anyPop.reconnect,
  fsync: anyPop.fsync,
})

const pop = z
  .discriminatedUnion('platform', [k3sPop, ec2Pop], {
    error: (issue) => {
      const platform = (issue.input as { platform?: unknown } | null)?.platform
      if (issue.code !== 'invalid_union' || platform === undefined || platform === null) {
        return 'expected a PoP; write a section with `platform: k3s` or `platform: ec2`'
      }
      return `${quote(String(platform))} is not a platform; write k3s for a box at the venue, ec2 for a machine in the region`
    },
  })
  .describe('The machine of the venue’s micro-PoP.')

export const venueSchema = section('a venue', {
  placement: oneOf('a placement', PLACEMENTS).describe(
    'on-site: in the hall, works without the uplink. region: beside the central services, for remote attendees. local-zone: in an AWS Local Zone near them. outpost: on an AWS Outpost in the house.',
  ),
  attendees: count('attendees', 1200, 1, MAX_ATTENDEES).describe(
    'People who join this venue’s PoP in a day.',
  ),
  stay: duration('3h', { min: '1m', max: '24h' })
    .optional()
    .describe('Mean stay after arrival; without it, to the end of the day.'),
  access: listOf(accessClass, 'kinds of access links', 1, 9).describe('What attendees connect with.'),
  uplink: uplink
    .optional()
    .describe('Required but in the region, where it is the network of the central services.'),
  backupUplink: uplinkOf('a backup uplink', 'backup-uplink')
    .optional()
    .describe('A second way to central, such as 5G: used beside the first, and alone when that is gone.'),
  fallback: name('the name of another venue', 'remote')
    .optional()
    .describe('Venue in the region whose PoP answers under this one’s name when its own does not.'),
  costCentre: costCentre
    .optional()
    .describe('Who bears what the venue costs; without it, that of `finance`.'),
  pop,
})

export type VenueFile = z.output<typeof venueSchema>
export type Ec2PopFile = z.output<typeof ec2Pop>

/** The uplink of a PoP in the region that states none. */
export const regionUplink = uplink.parse(DEFAULT_REGION_UPLINK)
