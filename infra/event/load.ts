// Loads an event: reads the file and what it names, tells every mistake at once, and resolves the rest.
import { loadCatalog } from '../catalog/catalog.ts'
import { ARCHIVE_CLASS } from './archive.ts'
import { defaultStorageBytes } from './central-schema.ts'
import { resolveStanding } from './channel-schema.ts'
import { checkEvent, type ValidParts } from './checks.ts'
import { DEFAULT_K3S, DEFAULT_POP } from './defaults.ts'
import { volumeBytes } from './ec2-checks.ts'
import {
  ENGAGEMENTS,
  type EventSpec,
  type Finance,
  type Sponsor,
  type StatedDisk,
  type Uplink,
  type Venue,
} from './event.ts'
import { planBeside } from './plan-file.ts'
import { InvalidEvent, type Problem } from './problems.ts'
import { resolveAccess, resolveArrivals, resolveAuth, resolveOutage } from './references.ts'
import { dayLength, layOut } from './run-of-show.ts'
import { defaultEngagement, type EventFile, eventFileSchema, eventParts } from './schema.ts'
import { type Setting, withSettings } from './settings.ts'
import { regionUplink, type VenueFile, venueSchema } from './venue-schema.ts'
import { readYaml, type YamlSource } from './yaml-source.ts'
import { parseWith } from './zod-problems.ts'
import { instantOf } from './zoned-time.ts'

export interface LoadOptions {
  /** Outage file to use instead of the one that the event names; a path as a command line gives it. */
  outage?: string
  /** Keys that are set as if the file had them; they go above a plan. */
  set?: readonly Setting[]
  /** Without the plan that lies beside the file. */
  asWritten?: boolean
}

/**
 * Loads an event file with its traces and its outage, and with the plan that lies beside it.
 *
 * Throws one `InvalidEvent` (exit code 2, `MP_EVENT_INVALID`) with every mistake in the file, each with its line,
 * its column and what to write instead; MP_PLAN_STALE where the plan is of another file. Paths inside the file are relative to it; defaults are in defaults.ts.
 */
export function loadEvent(path: string, options: LoadOptions = {}): EventSpec {
  const written = readYaml(path, path, 'event file')
  const planned = options.asWritten ? [] : (planBeside(path)?.settings ?? [])
  const source = withSettings(written, [...planned, ...(options.set ?? [])])
  const problems: Problem[] = []
  const file = parseWith(eventFileSchema, source, problems)
  const parts = file ?? validParts(source.data)
  problems.push(...checkEvent(parts, loadCatalog(), source))

  const runOfShow = layOut(parts.show?.runOfShow ?? [])
  const starts = parts.show && parts.event ? instantOf(parts.show.starts, parts.event.timezone) : undefined
  const startMs = starts?.ok ? starts.value : undefined
  const reading = { source, parts, runOfShow, startMs, problems }
  const arrivals = resolveArrivals(reading)
  const accessTrace = resolveAccess(reading)
  const auth = resolveAuth(reading)
  const outage = resolveOutage(reading, options.outage)

  if (
    problems.length > 0 ||
    !file ||
    startMs === undefined ||
    !arrivals ||
    !accessTrace ||
    auth === undefined ||
    outage === undefined
  ) {
    throw new InvalidEvent(problems)
  }
  return {
    file: path,
    name: file.event.name,
    title: file.event.title,
    region: file.event.region,
    timezone: file.event.timezone,
    critical: file.event.critical,
    startMs,
    days: file.show.days,
    dayS: dayLength(runOfShow),
    runOfShow,
    engagement: resolveEngagement(file.engagement),
    setupS: file.window.setup,
    teardownS: file.window.teardown,
    budget: file.budget ?? null,
    arrivals,
    accessTrace,
    venues: Object.entries(file.venues).map(([name, venue]) => resolveVenue(name, venue, source)),
    dnsTtlS: file.dns.ttl,
    central: resolveCentral(file, source),
    serviceLevels: {
      ackP99Ms: file.serviceLevels.ackP99,
      deliveryP99Ms: file.serviceLevels.deliveryP99,
      pageP50Ms: file.serviceLevels.pageP50,
      recoveryS: file.serviceLevels.recovery / 1_000,
    },
    auth,
    channels: file.channels,
    standing: resolveStanding(file.standing),
    sponsors: file.sponsors.map(resolveSponsor),
    finance: resolveFinance(file.finance),
    page: { images: file.page.images, imageWidth: file.page.imageWidth },
    outage,
    uncertainty: file.uncertainty,
  }
}

function resolveCentral({ central, event }: EventFile, source: YamlSource): EventSpec['central'] {
  const { database, ingest, cdn, copyRegion, archive, alerts } = central
  const { broker, encryption, logDays, network, zone } = central
  return {
    database: {
      engine: database.engine,
      instanceClass: database.class,
      storageBytes: database.engine === 'aurora' ? null : (database.storage ?? defaultStorageBytes),
      multiAz: database.multiAz ?? event.critical,
    },
    ingest: {
      vcpu: ingest.vcpu,
      memoryBytes: ingest.memory,
      tasks: ingest.tasks,
      maxTasks: ingest.maxTasks ?? ingest.tasks,
    },
    cdn,
    copyRegion: copyRegion ?? null,
    archive: archive
      ? {
          afterDays: archive.after,
          storageClass: ARCHIVE_CLASS[archive.tier],
          deleteAfterDays: archive.delete ?? null,
        }
      : null,
    alerts: alerts ?? null,
    broker: broker ?? null,
    encryption,
    logDays,
    network,
    zone,
    zoneLine: lineOfZone(source),
  }
}

/** null: the file leaves the zone out. */
function lineOfZone(source: YamlSource): number | null {
  const { central } = source.data as { central?: { zone?: unknown } | null }
  return central?.zone === undefined ? null : (source.valueAt(['central', 'zone']).line ?? null)
}

/** What can be read of a file that is refused as a whole, so that its other mistakes are found too. */
function validParts(data: unknown): ValidParts {
  const raw = data as Record<string, unknown>
  const valid = (
    schema: (typeof eventParts)[keyof typeof eventParts] | typeof venueSchema,
    value: unknown,
  ) => {
    const result = schema.safeParse(value)
    return result.success ? [result.data] : []
  }
  const parts = Object.entries(eventParts).flatMap(([key, schema]) =>
    valid(schema, raw[key]).map((part) => [key, part]),
  )
  const venues = Object.entries(raw.venues ?? {}).flatMap(([name, venue]) =>
    valid(venueSchema, venue).map((part) => [name, part]),
  )
  return { ...(Object.fromEntries(parts) as ValidParts), venues: Object.fromEntries(venues) }
}

function resolveEngagement(stated: EventFile['engagement']): EventSpec['engagement'] {
  const entries = ENGAGEMENTS.map((level) => {
    const rates = stated?.[level]
    const assumed = defaultEngagement[level]
    return [
      level,
      {
        chat: rates?.chat ?? assumed.chat,
        vote: rates?.vote ?? assumed.vote,
        page: rates?.page ?? assumed.page,
      },
    ]
  })
  return Object.fromEntries(entries) as EventSpec['engagement']
}

function resolveVenue(name: string, venue: VenueFile, source: YamlSource): Venue {
  const uplink = venue.uplink ?? regionUplink
  return {
    name,
    placement: venue.placement,
    attendees: venue.attendees,
    stayS: venue.stay ?? null,
    access: venue.access.map(({ dropEvery, ...of }) => ({
      ...of,
      ...(dropEvery !== undefined && { dropEveryS: dropEvery }),
    })),
    uplink: resolveUplink(uplink),
    backupUplink: venue.backupUplink === undefined ? null : resolveUplink(venue.backupUplink),
    lineRents: [uplink, venue.backupUplink].flatMap((line) =>
      line?.rentPerDay === undefined ? [] : [{ uplink: line.name, perDay: line.rentPerDay }],
    ),
    pop: resolvePop(venue),
    fallback: venue.fallback ?? null,
    costCentre: venue.costCentre ?? null,
    line: source.keyAt(['venues', name]).line ?? 1,
  }
}

function resolveSponsor(sponsor: EventFile['sponsors'][number]): Sponsor {
  const { perUserSecond, minimum, cap, venues, segments } = sponsor
  return {
    name: sponsor.name,
    perUserSecond: perUserSecond ?? null,
    minimum: minimum ?? null,
    cap: cap ?? null,
    venues: venues ?? null,
    segments: segments ?? null,
    reach: sponsor.reach,
  }
}

function resolveFinance({ costCentre, discounts, vat }: EventFile['finance']): Finance {
  return { costCentre: costCentre ?? null, discounts: discounts ?? [], vat: vat ?? null }
}

function resolveUplink({ name, technology, rate, rtt }: NonNullable<VenueFile['uplink']>): Uplink {
  return { name, technology, rateBps: rate, rttMs: rtt }
}

function statedDisk({ disk, fsync }: Pick<VenueFile['pop'], 'disk' | 'fsync'>): StatedDisk | null {
  return disk === undefined && fsync === undefined ? null : { kind: disk ?? null, fsyncMs: fsync ?? null }
}

function resolvePop({ placement, pop }: VenueFile): Venue['pop'] {
  const { encryptQueue, https, reconnect, queue } = pop
  const any = { queueBytes: queue, encryptQueue, https, reconnectMs: reconnect, statedDisk: statedDisk(pop) }
  if (pop.platform === 'k3s') {
    const { platform, cores, memory, rentPerDay, node, storageClass, ingress } = pop
    return {
      ...{ platform, cores, memoryBytes: memory, ...any },
      node: node === undefined ? null : { name: node, folder: pop.folder ?? DEFAULT_K3S.folder },
      storageClass: storageClass ?? null,
      ingress: ingress === undefined ? null : { ...ingress, className: ingress.className ?? null },
      rentPerDay: rentPerDay ?? null,
    }
  }
  const { platform, instanceType, policy, credits, maxPrice, orTypes, standby, subnet, alarmTopic } = pop
  const disk = pop.disk ?? DEFAULT_POP.disk[placement === 'region' ? 'region' : 'elsewhere']
  const type = loadCatalog().instanceTypes.get(instanceType)
  return {
    ...{ platform, instanceType, policy },
    // Standard is the default because its cost is known: without credits the machine gets slower, not dearer.
    creditMode: type?.burst ? (credits ?? 'standard') : null,
    ...{
      maxPrice: maxPrice ?? null,
      orTypes: orTypes ?? [],
      disk,
      volumeBytes: volumeBytes(pop, type),
      subnet: subnet
        ? { zone: subnet.zone ?? null, outpost: subnet.outpost ?? null, cidr: subnet.cidr ?? null }
        : null,
      standby: standby ?? null,
      alarmTopic: alarmTopic ?? null,
    },
    ...any,
  }
}
