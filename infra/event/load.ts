// Loads an event: reads the file and what it names, tells every mistake at once, and resolves the rest.
import { basename, dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { loadCatalog } from '../catalog/catalog.ts'
import { accessKey } from './access-classes.ts'
import { readAccessTrace } from './access-trace.ts'
import { cutArrivals, readArrivalTrace, uniformArrivals } from './arrivals.ts'
import { checkEvent, type ValidParts } from './checks.ts'
import { DEFAULT_ACCESS_TRACE } from './defaults.ts'
import type { AccessTrace, Arrivals, EventSpec, Outage, Segment, Venue } from './event.ts'
import { ENGAGEMENTS } from './event.ts'
import { placeOutage } from './outage.ts'
import { outageFileSchema } from './outage-schema.ts'
import { collect, InvalidEvent, type Problem } from './problems.ts'
import { dayLength, layOut } from './run-of-show.ts'
import {
  defaultEngagement,
  type EventFile,
  eventFileSchema,
  eventParts,
  regionUplink,
  type VenueFile,
  venuePart,
} from './schema.ts'
import { list } from './suggest.ts'
import { readTextFile } from './text-file.ts'
import { MAX_TRACE_BYTES } from './trace-csv.ts'
import { type Path, readYaml, type YamlSource } from './yaml-source.ts'
import { parseWith } from './zod-problems.ts'
import { dayStarts, instantOf } from './zoned-time.ts'

export interface LoadOptions {
  /** Outage file to use instead of the one that the event names; a path as a command line gives it. */
  outage?: string
}

/**
 * Loads an event file with its traces and its outage.
 *
 * Throws one `InvalidEvent` (exit code 2, `MP_EVENT_INVALID`) with every mistake in the file, each with its line,
 * its column and what to write instead. Paths inside the file are relative to it; defaults are in defaults.ts.
 */
export function loadEvent(path: string, options: LoadOptions = {}): EventSpec {
  const source = readYaml(path, path, 'event file')
  const problems: Problem[] = []
  const file = parseWith(eventFileSchema, source, problems)
  const parts = file ?? validParts(source.data)
  problems.push(...checkEvent(parts, loadCatalog(), source))

  const runOfShow = layOut(
    (parts.show?.runOfShow ?? []).map(({ name, duration, engagement }) => ({
      name,
      durationS: duration,
      engagement,
    })),
  )
  const starts = parts.show && parts.event ? instantOf(parts.show.starts, parts.event.timezone) : undefined
  const startMs = starts?.ok ? starts.value : undefined
  const arrivals = resolveArrivals(parts, source, runOfShow, problems)
  const accessTrace = resolveAccess(parts, source, problems)
  const outage = resolveOutage(parts, source, options.outage, runOfShow, startMs, problems)

  if (
    problems.length > 0 ||
    !file ||
    startMs === undefined ||
    !arrivals ||
    !accessTrace ||
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
    central: {
      database: {
        instanceClass: file.central.database.class,
        storageBytes: file.central.database.storage,
        multiAz: file.central.database.multiAz,
      },
      ingest: {
        vcpu: file.central.ingest.vcpu,
        memoryBytes: file.central.ingest.memory,
        tasks: file.central.ingest.tasks,
      },
      cdn: file.central.cdn,
      zone: file.central.zone,
    },
    serviceLevels: {
      ackP99Ms: file.serviceLevels.ackP99,
      deliveryP99Ms: file.serviceLevels.deliveryP99,
      pageP50Ms: file.serviceLevels.pageP50,
      recoveryS: file.serviceLevels.recovery / 1_000,
    },
    sponsors: file.sponsors,
    page: { htmlBytes: file.page.html, images: file.page.images, imageWidth: file.page.imageWidth },
    outage,
  }
}

/** What can be read of a file that is refused as a whole, so that its other mistakes are found too. */
function validParts(data: unknown): ValidParts {
  const raw = data as Record<string, unknown>
  const valid = (schema: (typeof eventParts)[keyof typeof eventParts] | typeof venuePart, value: unknown) => {
    const result = schema.safeParse(value)
    return result.success ? [result.data] : []
  }
  const parts = Object.entries(eventParts).flatMap(([key, schema]) =>
    valid(schema, raw[key]).map((part) => [key, part]),
  )
  const venues = Object.entries((raw.venues ?? {}) as Record<string, unknown>).flatMap(([name, venue]) =>
    valid(venuePart, venue).map((part) => [name, part]),
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
    access: venue.access,
    uplink: { name: uplink.name, rateBps: uplink.rate, rttMs: uplink.rtt },
    pop: resolvePop(venue.pop),
    line: source.keyAt(['venues', name]).line ?? 1,
  }
}

function resolvePop(pop: VenueFile['pop']): Venue['pop'] {
  if (pop.platform === 'k3s') {
    const { platform, cores, memory, queue, rentPerDay } = pop
    return { platform, cores, memoryBytes: memory, queueBytes: queue, rentPerDay: rentPerDay ?? null }
  }
  const { platform, instanceType, policy, credits, volume, queue } = pop
  // Standard is the default because its cost is known: without credits the machine gets slower, not dearer.
  const creditMode = policy === 'burstable' ? (credits ?? 'standard') : null
  return { platform, instanceType, policy, creditMode, volumeBytes: volume, queueBytes: queue }
}

function resolveArrivals(
  parts: ValidParts,
  source: YamlSource,
  runOfShow: Segment[],
  problems: Problem[],
): Arrivals | undefined {
  const [first] = runOfShow
  const dayS = dayLength(runOfShow)
  const stated = parts.arrivals
  if (!stated) return first && uniformArrivals(first, dayS)

  const text = readNamed(stated.trace, ['arrivals', 'trace'], 'trace', source, problems)
  const trace = text && collect(problems, () => readArrivalTrace(text, shownPath(source, stated.trace)))
  if (!trace || !first) return undefined
  const cut = cutArrivals(trace, stated.from, dayS)
  if (!cut.ok) {
    problems.push({
      place: source.valueAt(['arrivals', stated.from === undefined ? 'trace' : 'from']),
      message: cut.why,
    })
    return undefined
  }
  const from = stated.from ?? 'its start'
  const slice = `${basename(stated.trace)}, ${cut.perMinute.length} minutes from ${from}`
  return { perMinute: cut.perMinute, source: slice }
}

function resolveAccess(parts: ValidParts, source: YamlSource, problems: Problem[]): AccessTrace | undefined {
  const named = parts.access?.trace
  const shipped = fileURLToPath(new URL(`../../${DEFAULT_ACCESS_TRACE}`, import.meta.url))
  const text =
    named === undefined
      ? readFor(shipped, DEFAULT_ACCESS_TRACE, ['access'], 'trace', source, problems)
      : readNamed(named, ['access', 'trace'], 'trace', source, problems)
  const shown = named === undefined ? DEFAULT_ACCESS_TRACE : shownPath(source, named)
  const trace = text && collect(problems, () => readAccessTrace(text, shown, basename(shown)))
  if (!trace) return undefined

  const measured = Object.keys(trace.ratesBps)
  for (const [name, venue] of Object.entries(parts.venues ?? {})) {
    for (const [index, link] of venue.access.entries()) {
      const key = accessKey(link)
      if (measured.includes(key)) continue
      const message = `the access trace has too few transfers on ${key}; it has enough on ${list(measured)}`
      problems.push({ place: source.valueAt(['venues', name, 'access', index]), message })
    }
  }
  return trace
}

/** null: the event has no outage; undefined: it has one, with mistakes. */
function resolveOutage(
  parts: ValidParts,
  source: YamlSource,
  commanded: string | undefined,
  runOfShow: Segment[],
  startMs: number | undefined,
  problems: Problem[],
): Outage | null | undefined {
  if (commanded === undefined && parts.outage === undefined) return null
  const outageSource = collect(problems, () =>
    commanded === undefined
      ? readOutageOfEvent(parts.outage ?? '', source)
      : readYaml(commanded, commanded, 'outage file'),
  )
  const file = outageSource && parseWith(outageFileSchema, outageSource, problems)
  if (!file || startMs === undefined || !parts.show || !parts.event) return undefined
  const { timezone } = parts.event
  const show = {
    venues: Object.keys((source.data as { venues?: object }).venues ?? {}),
    runOfShow,
    dayS: dayLength(runOfShow),
    dayStartsS: dayStarts({ startMs, timezone, days: parts.show.days }).map((ms) => (ms - startMs) / 1_000),
  }
  return placeOutage(file, outageSource, show, problems)
}

/** A missing outage file is a mistake of the event file's line that names it. */
function readOutageOfEvent(named: string, source: YamlSource): YamlSource {
  const path = resolve(dirname(source.file), named)
  const problems: Problem[] = []
  readFor(path, named, ['outage'], 'outage file', source, problems)
  if (problems.length > 0) throw new InvalidEvent(problems)
  return readYaml(path, shownPath(source, named), 'outage file')
}

function readNamed(
  named: string,
  at: Path,
  what: string,
  source: YamlSource,
  problems: Problem[],
): string | undefined {
  return readFor(resolve(dirname(source.file), named), named, at, what, source, problems)
}

/** The text of a file that the event file names at `at`, where a complaint about it goes. */
function readFor(
  path: string,
  named: string,
  at: Path,
  what: string,
  source: YamlSource,
  problems: Problem[],
): string | undefined {
  const read = readTextFile(path, named, what, MAX_TRACE_BYTES)
  if (read.ok) return read.text
  problems.push({ place: source.valueAt(at), message: read.why })
  return undefined
}

/** A path inside the event file as seen from where the command runs. */
function shownPath(source: YamlSource, named: string): string {
  return join(dirname(source.file), named)
}
