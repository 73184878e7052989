// The session logs of an event's PoPs, metered together: a person at two venues at once counts once.
import type { EventSpec } from '../../../infra/event/event.ts'
import { InvalidInput } from '../../../runtime/errors.ts'
import { eventWindow } from '../window.ts'
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

/** Errors: those of `readSessionLog` and `SessionIntervals`. */
export async function meterLogs(
  sources: readonly LogSource[],
  event: EventSpec,
  {
    keyFile = null,
    onRecords = () => {},
  }: { keyFile?: string | null; onRecords?: (count: number) => void } = {},
): Promise<Metering> {
  using store = new IntervalStore()
  const open: Metering['open'] = []
  const logs: SessionIntervals[] = []
  let records = 0
  for (const { venue, path } of sources) {
    const log = new SessionIntervals(store, { venue, source: path })
    for await (const record of readSessionLog(path, keyFile)) {
      log.add(record)
      if (++records % RECORDS_PER_TELLING === 0) onRecords(records)
    }
    logs.push(log)
  }
  // Only now: an older copy of a log may leave open what the newer one ends.
  for (const log of logs) {
    const left = log.end()
    if (left) open.push(left)
  }
  return { ...meter(store.sorted(), event.timezone, eventWindow(event)), open }
}
