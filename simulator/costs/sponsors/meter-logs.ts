// The session logs of an event's PoPs, metered together: a person at two venues at once counts once.
import type { EventSpec } from '../../../infra/event/event.ts'
import { InvalidInput, VoidRun } from '../../../runtime/errors.ts'
import { eventWindow } from '../window.ts'
import { type CentralSource, centralRecords } from './central-session-logs.ts'
import { IntervalStore } from './interval-store.ts'
import { meter } from './meter.ts'
import type { Metering } from './metering-result.ts'
import { SessionIntervals } from './session-intervals.ts'
import { readSessionLog } from './session-log-file.ts'

/** How often progress is told. */
const RECORDS_PER_TELLING = 10_000

export interface LogSource {
  venue: string
  /** A PoP's data folder, or exported lines. */
  path: string
}

/** `[VENUE=]PATH`; the venue may be left out where the event has one. Errors: MP_SESSION_LOG_VENUE. */
export function logSource(text: string, { venues }: Pick<EventSpec, 'venues'>): LogSource {
  const names = venues.map(({ name }) => name)
  const named = names.find((name) => text.startsWith(`${name}=`))
  if (named !== undefined) return { venue: named, path: text.slice(named.length + 1) }
  if (names.length === 1) return { venue: names[0] as string, path: text }
  throw new InvalidInput(
    'MP_SESSION_LOG_VENUE',
    `--log ${text} does not say whose log it is`,
    `Write ${names.map((name) => `--log ${name}=${text.replace(/^[^=/]*=/, '')}`).join(' or ')}.`,
  )
}

type OnRecords = (count: number) => void

/** Errors: those of `readSessionLog` and `SessionIntervals`. */
export async function meterLogs(
  sources: readonly LogSource[],
  event: EventSpec,
  { keyFile = null, onRecords = () => {} }: { keyFile?: string | null; onRecords?: OnRecords } = {},
): Promise<Metering> {
  using store = new IntervalStore()
  const count = counted(onRecords)
  const logs: SessionIntervals[] = []
  for (const { venue, path } of sources) {
    const log = new SessionIntervals(store, { venue, source: path })
    for await (const record of readSessionLog(path, keyFile)) {
      log.add(record)
      count()
    }
    logs.push(log)
  }
  return metering(store, logs, event)
}

/** Errors: those of `centralRecords`, and MP_SESSION_LOG_EMPTY where central has nothing of any PoP. */
export async function meterCentral(
  central: CentralSource,
  event: EventSpec,
  { signal, onRecords = () => {} }: { signal: AbortSignal; onRecords?: OnRecords },
): Promise<Metering> {
  using store = new IntervalStore()
  const count = counted(onRecords)
  const logs = new Map<string, SessionIntervals>()
  for await (const { venue, record } of centralRecords(central, event, signal)) {
    let log = logs.get(venue)
    if (!log) {
      log = new SessionIntervals(store, { venue, source: `${central.origin}, ${venue}` })
      logs.set(venue, log)
    }
    log.add(record)
    count()
  }
  if (logs.size === 0) {
    throw new VoidRun(
      'MP_SESSION_LOG_EMPTY',
      `${central.origin} has no session log of ${event.name}`,
      'Give the admin port of the central that the PoPs of this event sync to.',
    )
  }
  return metering(store, [...logs.values()], event)
}

function counted(onRecords: OnRecords): () => void {
  let records = 0
  return () => {
    if (++records % RECORDS_PER_TELLING === 0) onRecords(records)
  }
}

function metering(store: IntervalStore, logs: readonly SessionIntervals[], event: EventSpec): Metering {
  // Only now: an older copy of a log may leave open what the newer one ends.
  const open = logs.flatMap((log) => log.end() ?? [])
  const withoutLog = event.venues
    .map(({ name }) => name)
    .filter((name) => !logs.some((log) => log.venue === name))
  return { ...meter(store.sorted(), event.timezone, eventWindow(event)), open, withoutLog }
}
