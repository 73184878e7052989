// What an event file names, its traces and its outage: read, checked and fitted to the show.
import { basename, dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type KeySet, keySetSchema } from '../../runtime/pop-config.ts'
import { accessKey } from './access-classes.ts'
import { readAccessTrace } from './access-trace.ts'
import { cutArrivals, readArrivalTrace, uniformArrivals } from './arrivals.ts'
import type { ValidParts } from './checks.ts'
import { DEFAULT_ACCESS_TRACE } from './defaults.ts'
import type { AccessTrace, Arrivals, Auth, Outage, Segment } from './event.ts'
import { placeOutage } from './outage.ts'
import { outageFileSchema } from './outage-schema.ts'
import { collect, type Problem } from './problems.ts'
import { quote } from './quote.ts'
import { dayLength, MAX_DAY_S } from './run-of-show.ts'
import { list } from './suggest.ts'
import { readTextFile } from './text-file.ts'
import { MAX_TRACE_BYTES } from './trace-csv.ts'
import type { Path } from './yaml-places.ts'
import { MAX_YAML_BYTES, parseYaml, readYaml, type YamlSource } from './yaml-source.ts'
import { parseWith } from './zod-problems.ts'
import { dayStarts } from './zoned-time.ts'

/** Sixteen RSA keys of 8,192 bits with their certificates. */
const MAX_KEY_SET_BYTES = 256_000

/** The event file so far. Mistakes that are found on the way join `problems`. */
export interface Reading {
  source: YamlSource
  parts: ValidParts
  runOfShow: Segment[]
  /** undefined: the show's start is among the mistakes. */
  startMs: number | undefined
  problems: Problem[]
}

/** undefined: there is a mistake. */
export function resolveArrivals(reading: Reading): Arrivals | undefined {
  const { parts, problems, runOfShow, source } = reading
  const [first] = runOfShow
  const dayS = dayLength(runOfShow)
  const stated = parts.arrivals
  if (!stated) return first && uniformArrivals(first, dayS)

  const file = named(source, stated.trace, ['arrivals', 'trace'])
  const text = read(file, 'trace', MAX_TRACE_BYTES, problems)
  const trace = text === undefined ? undefined : collect(problems, () => readArrivalTrace(text, file.shown))
  if (!trace || !first || dayS > MAX_DAY_S) return undefined
  const cut = cutArrivals(trace, stated.from, dayS)
  if (!cut.ok) {
    const place = source.valueAt(['arrivals', stated.from === undefined ? 'trace' : 'from'])
    problems.push({ place, message: cut.why })
    return undefined
  }
  const slice = `${basename(stated.trace)}, ${cut.perMinute.length} minutes from ${stated.from ?? 'its start'}`
  return { perMinute: cut.perMinute, source: slice }
}

/** undefined: there is a mistake. */
export function resolveAccess(reading: Reading): AccessTrace | undefined {
  const { parts, problems, source } = reading
  const file = parts.access ? named(source, parts.access.trace, ['access', 'trace']) : shippedTrace(source)
  const text = read(file, 'trace', MAX_TRACE_BYTES, problems)
  const trace =
    text === undefined
      ? undefined
      : collect(problems, () => readAccessTrace(text, file.shown, basename(file.shown)))
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

/**
 * null: the event has no outage. undefined: there is a mistake.
 *
 * @param commanded the outage file that the command names instead of the event's
 */
export function resolveOutage(reading: Reading, commanded: string | undefined): Outage | null | undefined {
  const { parts, problems, runOfShow, source, startMs } = reading
  if (commanded === undefined && parts.outage === undefined) return null
  const outageSource =
    commanded === undefined
      ? readOutageOfEvent(parts.outage ?? '', reading)
      : collect(problems, () => readYaml(commanded, commanded, 'outage file'))
  const file = outageSource && parseWith(outageFileSchema, outageSource, problems)
  if (!file || !parts.show) return undefined
  const { days } = parts.show
  const show = {
    venues: venueNames(source),
    backedUp: venuesWithBackup(source),
    runOfShow,
    dayS: dayLength(runOfShow),
    // Without a known start the steps are still checked, and not used.
    dayStartsS:
      startMs === undefined || !parts.event
        ? Array.from({ length: days }, (_, day) => day * MAX_DAY_S)
        : dayStarts({ startMs, timezone: parts.event.timezone, days }).map((ms) => (ms - startMs) / 1_000),
  }
  return placeOutage(file, outageSource, show, problems)
}

function readOutageOfEvent(outage: string, { source, problems }: Reading): YamlSource | undefined {
  const file = named(source, outage, ['outage'])
  const text = read(file, 'outage file', MAX_YAML_BYTES, problems)
  return text === undefined ? undefined : collect(problems, () => parseYaml(text, file.shown, 'outage file'))
}

/** null: the event asks for no tokens. undefined: there is a mistake. */
export function resolveAuth({ parts, problems, source }: Reading): Auth | null | undefined {
  const stated = parts.auth
  if (!stated) return null
  const file = named(source, stated.jwks, ['auth', 'jwks'])
  const text = read(file, 'key set', MAX_KEY_SET_BYTES, problems)
  if (text === undefined || !parts.event) return undefined
  const keys = readKeySet(text)
  if (typeof keys === 'string') {
    problems.push({ place: file.place, message: `key set ${quote(stated.jwks)}: ${keys}` })
    return undefined
  }
  return { issuer: stated.issuer, audience: stated.audience ?? parts.event.name, jwks: keys }
}

/** The keys, or what is wrong with them. */
function readKeySet(text: string): KeySet | string {
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch {
    return 'it is not JSON; write a JSON Web Key Set, as `micropop token new-key` does'
  }
  const { data, error } = keySetSchema.safeParse(json)
  if (data) return data
  const [issue] = error.issues
  return `${issue?.path.join('.') || 'keys'}: ${issue?.message}`
}

/** Every venue that the file names, those with mistakes too. */
function venueNames(source: YamlSource): string[] {
  const { venues } = source.data as { venues?: unknown }
  return typeof venues === 'object' && venues !== null && !Array.isArray(venues) ? Object.keys(venues) : []
}

function venuesWithBackup(source: YamlSource): string[] {
  const { venues } = source.data as { venues?: Record<string, { backupUplink?: unknown } | null> }
  return venueNames(source).filter((name) => (venues?.[name]?.backupUplink ?? null) !== null)
}

/** A file that the event file names: where it is, how it was written, and where a complaint about it goes. */
interface NamedFile {
  path: string
  written: string
  /** As seen from where the command runs. */
  shown: string
  place: Problem['place']
}

function named(source: YamlSource, written: string, at: Path): NamedFile {
  const folder = dirname(source.file)
  return { path: resolve(folder, written), written, shown: join(folder, written), place: source.valueAt(at) }
}

function shippedTrace(source: YamlSource): NamedFile {
  const path = fileURLToPath(new URL(`../../${DEFAULT_ACCESS_TRACE}`, import.meta.url))
  return { path, written: DEFAULT_ACCESS_TRACE, shown: DEFAULT_ACCESS_TRACE, place: { file: source.file } }
}

function read(file: NamedFile, what: string, maxBytes: number, problems: Problem[]): string | undefined {
  const result = readTextFile(file.path, file.written, what, maxBytes)
  if (result.ok) return result.text
  problems.push({ place: file.place, message: result.why })
  return undefined
}
