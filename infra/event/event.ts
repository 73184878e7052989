// The event as the rest of the code sees it: validated, units resolved to bytes, seconds, bit/s and pico-dollars.
// The file format itself (YAML, keys, units) is in schema.ts; loading and its errors in load.ts.

import type { ChannelRule, KeySet, StandingAggregate } from '../../runtime/pop-config.ts'

export const ENGAGEMENTS = ['idle', 'low', 'medium', 'high', 'peak'] as const
export type Engagement = (typeof ENGAGEMENTS)[number]

/** What one attendee does in a minute at an engagement level. All are mean rates per minute. */
export interface EngagementRates {
  chat: number
  vote: number
  page: number
}

export interface Segment {
  name: string
  /** Seconds after the day's show start. */
  startS: number
  durationS: number
  engagement: Engagement
}

export type AccessTechnology = '4g' | 'wifi_2.4GHz' | 'wifi_5GHz'
export type Signal = 'weak' | 'medium' | 'strong'

export const DEVICES = ['phone', 'tablet', 'laptop'] as const
export type Device = (typeof DEVICES)[number]

/** A share of a venue's attendees on one kind of access link; shares of a venue sum to 1. */
export interface AccessClass {
  technology: AccessTechnology
  signal: Signal
  share: number
  /** Absent: any, with the page's image width and a phone's reconnects. */
  device?: Device
  /** Pixels at which it asks for an image; absent: as its device does. */
  imageWidth?: number
  /** Mean time between lost sockets; absent: that of its device. */
  dropEveryS?: number
}

export const UPLINK_TECHNOLOGIES = ['fibre', '5g', '4g'] as const
export type UplinkTechnology = (typeof UPLINK_TECHNOLOGIES)[number]

export interface Uplink {
  name: string
  technology: UplinkTechnology
  rateBps: number
  rttMs: number
}

/** An amount in pico-dollars (10⁻¹² USD), exact. */
export type PicoUsd = bigint

/** What the queue of a box at the venue may be on; and of a machine on EC2. */
export const BOX_DISKS = ['nvme-plp', 'nvme', 'ssd', 'emmc', 'hdd'] as const
export const EC2_DISKS = ['gp3', 'gp2', 'instance-store'] as const
export type DiskKind = (typeof BOX_DISKS)[number] | (typeof EC2_DISKS)[number]

/** What the event file says of the queue's disk; one of the two at least. */
export interface StatedDisk {
  kind: DiskKind | null
  /** As somebody measured one durable write on it. */
  fsyncMs: { p50: number; p99: number } | null
}

/** What PoPs on every platform are told. */
interface AnyPop {
  queueBytes: number
  /** The queue is encrypted on its disk. */
  encryptQueue: boolean
  /** It has a certificate for its name, and speaks HTTPS. */
  https: boolean
  /** Processor time of one session that comes back over TLS. */
  reconnectMs: number
  /** null: it says nothing, and the twin has the disk of the machine that its times were measured on. */
  statedDisk: StatedDisk | null
}

/** Sessions come in over HTTPS at the cluster's ingress controller. */
export interface PopIngress {
  /** Secret with the certificate, in the PoP's namespace. */
  tlsSecret: string
  /** null: the cluster's default class. */
  className: string | null
  /** Where the ingress controller runs. */
  namespace: string
  /** Address range of the cluster's pods, of which the controller's is one. */
  podNetwork: string
}

export interface K3sPop extends AnyPop {
  platform: 'k3s'
  cores: number
  memoryBytes: number
  /** Node that the PoP is held on, and the folder there that its queue is in; null: whichever node has room. */
  node: { name: string; folder: string } | null
  /** An existing StorageClass; null: one of its own, or none with `node`. */
  storageClass: string | null
  /** null: sessions come in at a LoadBalancer. */
  ingress: PopIngress | null
  /** What the venue or the rental firm charges for the box, per day of the window. */
  rentPerDay: PicoUsd | null
}

export type CreditMode = 'standard' | 'unlimited'

export const PURCHASE_POLICIES = ['on-demand', 'burstable', 'reserved', 'spot'] as const
export type PurchasePolicy = (typeof PURCHASE_POLICIES)[number]

/** A subnet in a Local Zone or on an Outpost. */
export interface PopSubnet {
  /** Of a Local Zone. */
  zone: string | null
  /** ARN. */
  outpost: string | null
  /** Its range in the event's own network; null: it is there already. */
  cidr: string | null
}

export interface Ec2Pop extends AnyPop {
  platform: 'ec2'
  instanceType: string
  policy: PurchasePolicy
  /** null: the type has no CPU credits. */
  creditMode: CreditMode | null
  /** Most that an hour of a spot machine may cost; null: as much as on demand. */
  maxPrice: PicoUsd | null
  /** Types that a spot machine may have instead; none for every other policy. */
  orTypes: string[]
  /** What the queue and the images are on; an instance store is gone with its machine, and needs a standby. */
  disk: (typeof EC2_DISKS)[number]
  volumeBytes: number
  /** Where it is in none of the region's zones; null: in one of central's subnets. */
  subnet: PopSubnet | null
  /** A second machine in another zone keeps a copy of the log, ready to take over; null: there is none. */
  standby: 'warm' | null
  /** ARN of the SNS topic that alarms notify; null: central's, where it has one; none: there are no alarms. */
  alarmTopic: 'none' | (string & {}) | null
}

export const PLACEMENTS = ['on-site', 'region', 'local-zone', 'outpost'] as const

export interface Venue {
  name: string
  placement: (typeof PLACEMENTS)[number]
  attendees: number
  /** Mean stay of an attendee after arrival, seconds; null: to the end of the day. */
  stayS: number | null
  access: AccessClass[]
  uplink: Uplink
  /** A second way to central; null where there is none. */
  backupUplink: Uplink | null
  /** What lines cost that somebody rents for the event, by the uplink's name; the others are the house's own. */
  lineRents: { uplink: string; perDay: PicoUsd }[]
  pop: K3sPop | Ec2Pop
  /** Venue whose PoP answers under this one's public name when its own does not; null: none. */
  fallback: string | null
  /** Who bears what the venue costs; null: the cost centre of the event. */
  costCentre: string | null
  /** Line number of the venue in the event file, for later errors about it. */
  line: number
}

export interface Arrivals {
  /** Requests per minute over a real day, already cut to the show's length; weights, not counts. */
  perMinute: number[]
  /** Where the shape comes from, for reports: trace file and slice, or `uniform over the first segment`. */
  source: string
}

/** What the real transfers of a trace say about each kind of access link, keyed `technology/signal`. */
export interface AccessTrace {
  source: string
  /** Throughput samples in bit/s, ascending. */
  ratesBps: Record<string, number[]>
  /** 5th percentile of the delivery time of small transfers: an upper bound of the round trip. */
  rttMs: Record<string, number>
}

/** Storage classes of S3 that cost less and are read seldom. */
export const ARCHIVE_CLASSES = ['GLACIER_IR', 'GLACIER', 'DEEP_ARCHIVE'] as const

export interface Archive {
  afterDays: number
  storageClass: (typeof ARCHIVE_CLASSES)[number]
  /** null: it is kept for ever. */
  deleteAfterDays: number | null
}

export const ENCRYPTIONS = ['event-key', 'aws-keys'] as const

export interface Central {
  database: {
    engine: 'postgres' | 'aurora'
    instanceClass: string
    /** null: Aurora's, which grows by itself. */
    storageBytes: number | null
    multiAz: boolean
  }
  /** From `tasks` up to `maxTasks` run, as the load asks; the same where it does not ask. */
  ingest: { vcpu: number; memoryBytes: number; tasks: number; maxTasks: number }
  /** Static site and images behind a CDN. */
  cdn: boolean
  /** Region of a second bucket that the CDN asks when the first does not answer; null: there is none. */
  copyRegion: string | null
  /** Where what is in the bucket goes with time; null: it stays. */
  archive: Archive | null
  /** E-mail address that is told of trouble and of a budget nearly spent; null: nobody is. */
  alerts: string | null
  /** What joins the PoPs to one broker; null: each is a room of its own. */
  broker: {
    /** Of the machine that the hub is on. */
    instanceType: string
    /** Public addresses that the halls come from, as CIDR blocks. */
    siteAddresses: string[]
  } | null
  /** What data at rest is encrypted with; the stack may name an existing key instead of the event's own. */
  encryption: (typeof ENCRYPTIONS)[number]
  /** Days that logs are kept. */
  logDays: number
  /** Of the event's own network; not used where the stack names an existing one. */
  network: { cidr: string }
  /** Public DNS zone the event's names live in. */
  zone: string
  /** Of the zone in the event file, for later errors about it; null where it is left out. */
  zoneLine: number | null
}

/** Whose tokens attendees come in with. */
export interface Auth {
  issuer: string
  audience: string
  jwks: KeySet
}

export interface ServiceLevels {
  /** p99 from intended send to acknowledgement, ms. */
  ackP99Ms: number
  /** p99 from intended send to display at another attendee of the same PoP, ms. */
  deliveryP99Ms: number
  /** Median time to load a page with its images, ms. */
  pageP50Ms: number
  /** From the link's return until backlog is zero and p99 is under its limit, seconds. */
  recoveryS: number
}

/** Links that can be cut, and processes that can be killed, by their role. */
export const LINK_TARGETS = ['uplink', 'backup-uplink'] as const
export type LinkTarget = (typeof LINK_TARGETS)[number]
export const PROCESS_TARGETS = ['pop'] as const
export type OutageTarget = LinkTarget | (typeof PROCESS_TARGETS)[number]
export const OUTAGE_TARGETS: readonly OutageTarget[] = [...LINK_TARGETS, ...PROCESS_TARGETS]

export interface OutageStep {
  /** Which link or process of the named venue. */
  target: OutageTarget
  venue: string
  /** Seconds after the first day's show start. */
  startS: number
  durationS: number
  /** Length of this step in a live rehearsal, which runs in real time; at most `durationS`. */
  rehearseS: number
}

export interface Outage {
  name: string
  file: string
  steps: OutageStep[]
}

export const OFFSET_DISTRIBUTIONS = ['uniform', 'triangular', 'normal'] as const
export const SPREAD_DISTRIBUTIONS = [...OFFSET_DISTRIBUTIONS, 'lognormal'] as const

/** How far something may be from what is planned. */
export interface Spread<Distribution = (typeof SPREAD_DISTRIBUTIONS)[number]> {
  distribution: Distribution
  /** Uniform and triangular: the most that it is off. Normal and lognormal: eight days in ten are within. */
  within: number
}

/** What is not known of the day. A `within` of a `Spread` is a share of what is planned, but for the outage's start. */
export interface Uncertainty {
  /** Share of possible days on which a service level has to be met. */
  target: number
  attendance: Spread
  engagement: Spread
  outage: {
    probability: number
    /** Seconds. */
    start: Spread<(typeof OFFSET_DISTRIBUTIONS)[number]>
    duration: Spread
  }
  spot: {
    /** Share of spot machines that are taken back in a month; null: as AWS publishes it for each type. */
    interruptedPerMonth: number | null
    /** A factor of the price book's price, the same for every spot machine. */
    price: Spread
  }
  /** Shares, from least to most, of the CPU credits earned that a machine has at the show's start. */
  credits: { least: number; most: number }
  /** Seconds that each day of the show goes on after its planned end, never below 0: the later half of the distribution. */
  overrun: Spread<(typeof OFFSET_DISTRIBUTIONS)[number]>
}

/** What a sponsor is shown to, and pays for: the seconds of people whom a feature of theirs reached. */
export interface Sponsor {
  name: string
  /** For each second of each person; null: nothing is billed to them. */
  perUserSecond: PicoUsd | null
  /** Billed even where the seconds come to less; null: no minimum. */
  minimum: PicoUsd | null
  /** Never billed more; null: no cap. */
  cap: PicoUsd | null
  /** Venues and segments in which they are shown; null: all. */
  venues: string[] | null
  segments: string[] | null
  /** Share of those present whom they are expected to reach. Forecasts use it; invoices count. */
  reach: number
}

/** AWS services as the price book writes them. */
export const PRICED_SERVICES = [
  'cloudfront',
  'cloudwatch',
  'ebs',
  'ec2',
  'elb',
  'fargate',
  'kms',
  'logs',
  'rds',
  'route53',
  's3',
  'secretsmanager',
  'transfer',
  'vpc',
] as const
export const DISCOUNTED_SERVICES = ['all', ...PRICED_SERVICES] as const

/** Agreed with AWS: a share off the list price. */
export interface Discount {
  service: (typeof DISCOUNTED_SERVICES)[number]
  share: number
}

/** How the event's money is looked at. */
export interface Finance {
  /** Who bears what no venue bears; null: nobody is named. */
  costCentre: string | null
  /** One a service at most; a service's own goes before that of `all`. */
  discounts: Discount[]
  /** Value-added tax on what is paid, as a share; null: amounts are before tax. */
  vat: number | null
}

export interface EventSpec {
  file: string
  name: string
  title: string
  region: string
  timezone: string
  /** The guardrails refuse what has a single point of failure. */
  critical: boolean
  /** First day's show start, ms since the Unix epoch. */
  startMs: number
  days: number
  /** Show length of one day, seconds: the sum of the run of show. */
  dayS: number
  runOfShow: Segment[]
  engagement: Record<Engagement, EngagementRates>
  setupS: number
  teardownS: number
  budget: PicoUsd | null
  arrivals: Arrivals
  accessTrace: AccessTrace
  venues: Venue[]
  /** Seconds that resolvers may keep a PoP's address. */
  dnsTtlS: number
  central: Central
  serviceLevels: ServiceLevels
  /** null: attendees come in without tokens, as whom they like. */
  auth: Auth | null
  /** How channels are treated, at each PoP. */
  channels: ChannelRule[]
  /** Aggregates that each PoP keeps; null: those of a PoP that is told of none. */
  standing: StandingAggregate[] | null
  sponsors: Sponsor[]
  finance: Finance
  /** Images of one page view, and the width in pixels that they are asked for. */
  page: { images: number; imageWidth: number }
  outage: Outage | null
  uncertainty: Uncertainty
}
