// Usage of a whole event by formulas, in milliseconds: what `forecast` prices. The twin measures the same by event.
import { HUB_NAME } from '../../infra/broker.ts'
import type { EventSpec, Venue } from '../../infra/event/event.ts'
import type { ResourceGraph, ResourceNode } from '../../infra/graph.ts'
import type { Calibration } from '../calibration/calibration.ts'
import { eventWindow, months, type Window } from '../costs/window.ts'
import { FRAME_OVERHEAD_BYTES } from '../models/machine.ts'
import { readTopology, type Topology, type VenueTopology } from '../topology.ts'
import type { Usage } from '../usage.ts'
import { meanImageScale } from '../workload/devices.ts'
import { frameBytes } from '../workload/frames.ts'
import { creditsOverEvent } from './credits-over-event.ts'
import { scaledTaskHours } from './scaled-tasks.ts'
import { type VenueLoad, venueLoad } from './venue-load.ts'

/** A phone asks for the event's name when it joins, and once more when its answer has expired (stated assumption). */
const DNS_QUERIES_PER_ATTENDEE_DAY = 2
/** Log lines a session leaves at central and its PoP together (stated assumption). */
const LOG_BYTES_PER_SESSION = 1_000
/** Each original is fetched by the CDN and each PoP in the region at a handful of widths. */
const IMAGE_WIDTHS = 6
/** Stored size of one original image (stated assumption). */
export const ORIGINAL_BYTES = 2_000_000

/** What days differ by from the others, summed over them. */
export interface OtherDays {
  /** To attendees. */
  egressBytes: number
  /** Records on their way up: those that go a second time count again. */
  sentUp: number
  /** Of each of these days, by its number from 0. */
  cpuMsByMinute: ReadonlyMap<number, Float64Array>
}

export interface LoadedVenue {
  venue: VenueTopology
  /** Of each of its days. */
  load: VenueLoad
  /** Left out: all days are alike. */
  other?: OtherDays
}

/** Expected usage over the event's days. `calibration` says how large a page is. */
export function surrogateUsage(graph: ResourceGraph, event: EventSpec, calibration: Calibration): Usage[] {
  const topology = readTopology(graph)
  const loads = topology.venues.map((venue) => ({ venue, load: venueLoad(event, venue, calibration) }))
  return usageOfLoads({ graph, topology, event, calibration, loads, creditsLeft: 1 })
}

export interface Loaded {
  graph: ResourceGraph
  topology: Pick<Topology, 'central'>
  event: EventSpec
  calibration: Calibration
  loads: readonly LoadedVenue[]
  /** Share of the CPU credits earned during set-up that machines have at the show's start. */
  creditsLeft: number
}

/** What is used where the PoPs have such loads. The attendees are those of the loads' venues. */
export function usageOfLoads(of: Loaded): Usage[] {
  const { graph, topology, event, calibration, loads, creditsLeft } = of
  const { central } = topology
  const window = eventWindow(event)
  const usage = ({ urn }: ResourceNode, meter: string, quantity: number, unit: string): Usage => ({
    urn,
    meter,
    quantity,
    unit,
    window,
    source: 'surrogate',
  })
  const attendeeDays = event.days * loads.reduce((sum, { venue }) => sum + venue.attendees, 0)
  const { pageBytes } = calibration
  const imageScale =
    loads.reduce((sum, { venue }) => sum + venue.attendees * meanImageScale(venue.access, event.page), 0) /
    Math.max(
      1,
      loads.reduce((sum, { venue }) => sum + venue.attendees, 0),
    )
  const inRegion = loads.filter(({ venue }) => !atVenue(venue))
  const onSite = loads.filter(({ venue }) => atVenue(venue))
  const batchBytes = batchBytesOf(calibration)
  const answerBytes = frameBytes.uplink.applied + FRAME_OVERHEAD_BYTES
  const bothWaysBytes = batchBytes + answerBytes
  const uplinkGb = (of: readonly LoadedVenue[], bytes: number) =>
    (event.days * of.reduce((sum, { load }) => sum + load.synced, 0) * bytes) / 1e9
  const sentGb = (of: readonly LoadedVenue[], bytes: number) =>
    uplinkGb(of, bytes) + (of.reduce((sum, { other }) => sum + (other?.sentUp ?? 0), 0) * bytes) / 1e9
  const names = Math.max(1, graph.resources.filter(({ type }) => type === 'aws:route53/record:Record').length)

  // Each PoP hears of the batches of all, its own too. What goes up to the hub is on the bill of who sends it.
  const hub = (node: ResourceNode): Usage[] => [
    usage(node, 'internet-egress', uplinkGb(loads, batchBytes) * onSite.length, 'GB'),
    usage(node, 'inter-zone-transfer', uplinkGb(loads, batchBytes) * inRegion.length, 'GB'),
    usage(node, 'cpu-surplus-credits', 0, 'credit'),
  ]

  const machine = (node: ResourceNode): Usage[] => {
    if (node.name === HUB_NAME) return hub(node)
    const at = loads.find(({ venue }) => isWithin(graph, node, venue.urn))
    if (!at) return []
    // The second machine of a PoP serves nobody; what it copies of the log is billed at both, as between zones.
    const serves = node.name !== `${at.venue.venue}-pop-standby`
    const followed = at.venue.pop.platform === 'ec2' && at.venue.pop.standby !== null
    const copied = followed ? uplinkGb([at], batchBytes) : 0
    if (!serves) {
      return [
        usage(node, 'internet-egress', 0, 'GB'),
        usage(node, 'inter-zone-transfer', copied, 'GB'),
        usage(node, 'cpu-surplus-credits', 0, 'credit'),
      ]
    }
    return [
      usage(
        node,
        'internet-egress',
        (event.days * at.load.egressBytes + (at.other?.egressBytes ?? 0)) / 1e9,
        'GB',
      ),
      usage(node, 'inter-zone-transfer', sentGb([at], bothWaysBytes) + copied, 'GB'),
      usage(node, 'cpu-surplus-credits', surplusCredits(event, at, creditsLeft), 'credit'),
    ]
  }

  // A PoP in central's region reaches it over public addresses: both ends are billed in both directions, as between
  // zones (EC2 on-demand price page, "Data transfer within the same AWS Region"). On-site ones are the internet.
  const perType: Record<string, (node: ResourceNode) => Usage[]> = {
    'aws:ec2/instance:Instance': machine,
    'aws:autoscaling/group:Group': machine,
    'aws:ecs/service:Service': (node) => [
      usage(node, 'internet-egress', sentGb(onSite, answerBytes), 'GB'),
      usage(node, 'inter-zone-transfer', sentGb(inRegion, bothWaysBytes), 'GB'),
    ],
    'aws:appautoscaling/target:Target': (node) => {
      const taskHours = scaledTaskHours(
        event,
        loads.map(({ load }) => load),
        central.ingest,
      )
      return [
        usage(node, 'scaled-vcpu', taskHours * central.ingest.vcpu, 'vCPU-hour'),
        usage(node, 'scaled-memory', (taskHours * central.ingest.memoryBytes) / 2 ** 30, 'GB-hour'),
      ]
    },
    // The first page of each attendee and day comes from the CDN, before the PoP is joined.
    'aws:cloudfront/distribution:Distribution': (node) => [
      usage(
        node,
        'cdn-egress',
        (attendeeDays * (pageBytes.html + pageBytes.images * imageScale)) / 1e9,
        'GB',
      ),
      usage(node, 'cdn-requests', attendeeDays * (1 + event.page.images), 'request'),
    ],
    'aws:route53/record:Record': (node) => [
      usage(node, 'dns-queries', (attendeeDays * DNS_QUERIES_PER_ATTENDEE_DAY) / names, 'query'),
    ],
    'aws:cloudwatch/logGroup:LogGroup': (node) => [
      // The hub writes of PoPs that come and go, not of attendees.
      usage(
        node,
        'log-ingest',
        node.name === HUB_NAME ? 0 : (attendeeDays * LOG_BYTES_PER_SESSION) / 1e9,
        'GB',
      ),
    ],
    'aws:rds/instance:Instance': (node) => [
      // Batches keep a database of any size far below its baseline: 20 ms of work for 100 messages.
      usage(node, 'cpu-surplus-credits', 0, 'credit'),
      usage(node, 'db-backup', 0, 'GB-month'),
    ],
    'aws:s3/bucketReplicationConfig:BucketReplicationConfig': (node) => [
      usage(node, 'inter-region-egress', (event.page.images * ORIGINAL_BYTES) / 1e9, 'GB'),
    ],
    'aws:secretsmanager/secret:Secret': (node) => [
      usage(node, 'secret-requests', 10 * loads.length, 'request'),
    ],
    // A capacity unit is 1 GB processed in an hour (Elastic Load Balancing price page); connections are few and long.
    'aws:lb/loadBalancer:LoadBalancer': (node) => [
      usage(node, 'lb-capacity', sentGb(loads, bothWaysBytes), 'LCU-hour'),
    ],
  }
  const bucket = (node: ResourceNode): Usage[] => [
    usage(node, 's3-storage', (event.page.images * ORIGINAL_BYTES * monthsOf(window)) / 1e9, 'GB-month'),
    usage(node, 's3-put', event.page.images, 'request'),
    usage(node, 's3-get', event.page.images * IMAGE_WIDTHS * (inRegion.length + 1), 'request'),
  ]
  return graph.resources.flatMap((node) =>
    /^aws:s3\/bucket(V2)?:Bucket(V2)?$/.test(node.type) ? bucket(node) : (perType[node.type]?.(node) ?? []),
  )
}

/** A machine that is terminated pays its whole surplus balance. Zero for machines that are never billed for credits. */
function surplusCredits(event: EventSpec, of: LoadedVenue, creditsLeft: number): number {
  const { pop } = of.venue
  if (pop.platform !== 'ec2' || pop.creditMode !== 'unlimited') return 0
  return creditsOverEvent(event, of, creditsLeft)?.surplus ?? 0
}

/** Bytes of a record on its way up. At most: every record in a batch of its own, which central answers. */
export function batchBytesOf({ uplinkBytesPerRecord }: Calibration): number {
  return uplinkBytesPerRecord + frameBytes.uplink.batch + FRAME_OVERHEAD_BYTES
}

/** The window in months, each month's share by its own length, as AWS bills storage. */
function monthsOf(window: Window): number {
  return months(window).reduce((sum, { startMs, endMs, monthMs }) => sum + (endMs - startMs) / monthMs, 0)
}

function isWithin(graph: ResourceGraph, node: ResourceNode, urn: string): boolean {
  const byUrn = new Map(graph.resources.map((resource) => [resource.urn, resource]))
  for (
    let at: ResourceNode | undefined = node;
    at;
    at = at.parent === null ? undefined : byUrn.get(at.parent)
  ) {
    if (at.urn === urn) return true
  }
  return false
}

/** Its way to central is the venue's own, and not AWS's network. */
function atVenue({ placement }: Pick<Venue, 'placement'>): boolean {
  return placement === 'on-site' || placement === 'outpost'
}
