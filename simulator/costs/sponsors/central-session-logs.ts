// The session logs of all PoPs of an event as central has them, streamed from its admin port.

import { createInterface } from 'node:readline'
import { Readable } from 'node:stream'
import type { EventSpec } from '../../../infra/event/event.ts'
import type { ExportedWatermark } from '../../../runtime/central/export.ts'
import { InvalidInput, MissingHere, VoidRun } from '../../../runtime/errors.ts'
import { boundedText } from '../../../runtime/operations/ask-status.ts'
import { SESSION_LOG } from '../../../runtime/protocol/show.ts'
import type { SessionLogRecord } from './session-intervals.ts'
import { sessionLogRecord } from './session-log-line.ts'

export interface CentralSource {
  /** Of its admin port, e.g. `http://127.0.0.1:7081`. */
  origin: string
  /** The uplink secret; null: central asks for none. */
  token: string | null
}

/** A log that takes longer to send is given up. */
const LIMIT_MS = 15 * 60_000
/** What an error page or all watermarks of an event may be. */
const ANSWER_BYTES_MAX = 8_000_000
/** Of one exported line: a message is far smaller. */
const LINE_CHARS_MAX = 4_000_000

/**
 * Each record with the venue whose PoP wrote it. Central applies a PoP's messages in order and without a hole, so none can
 * be missing but what a PoP has not sent yet, and what its retention has let go.
 * Errors: MP_CENTRAL_SILENT, MP_CENTRAL_EXPORT, MP_SESSION_LOG_BROKEN, MP_SESSION_LOG_VENUE, MP_SESSION_LOG_INVALID.
 */
export async function* centralRecords(
  central: CentralSource,
  { name, venues }: Pick<EventSpec, 'name' | 'venues'>,
  signal: AbortSignal,
): AsyncGenerator<{ venue: string; record: SessionLogRecord }> {
  const limited = AbortSignal.any([signal, AbortSignal.timeout(LIMIT_MS)])
  const ask = (path: string) => asked(central, `/v1/${path}event=${encodeURIComponent(name)}`, limited)
  const counts = JSON.parse(
    await boundedText(await ask('watermarks?'), ANSWER_BYTES_MAX),
  ) as ExportedWatermark[]
  for (const { pop, expired } of counts.filter(({ lane }) => lane === 'state')) {
    if (expired > 0) throw expiredFrom(central, pop, expired)
  }
  const { body } = await ask(`messages?bodies=true&ch=${SESSION_LOG}&`)
  const found = new Map<string, number>()
  let line = 0
  for await (const text of createInterface({ input: Readable.fromWeb(body ?? new ReadableStream()) })) {
    line++
    if (text === '') continue
    const wrong = (what: string): never => {
      throw new InvalidInput(
        'MP_SESSION_LOG_INVALID',
        `line ${line} of what ${central.origin} exports: ${what}`,
        "Give the admin port of the event's central, http://HOST:7081.",
      )
    }
    if (text.length > LINE_CHARS_MAX) wrong(`it is longer than ${LINE_CHARS_MAX} characters`)
    const record = sessionLogRecord(text, wrong)
    if (!record) continue
    const venue = venues.find((of) => of.name === record.pop)?.name
    if (venue === undefined) return wrong(`${record.pop} is no venue of the event`)
    // Offsets at the PoP have holes here, where it logged what another PoP relayed to it.
    const off = (found.get(venue) ?? 0) + 1
    found.set(venue, off)
    yield { venue, record: { off, body: record.body, place: `${central.origin}, line ${line}` } }
  }
}

/** Errors: MP_CENTRAL_SILENT, MP_CENTRAL_EXPORT; the signal's reason. */
async function asked({ origin, token }: CentralSource, path: string, signal: AbortSignal): Promise<Response> {
  const headers: Record<string, string> = token === null ? {} : { authorization: `Bearer ${token}` }
  const answer = await fetch(`${origin}${path}`, { headers, signal, redirect: 'error' }).catch(
    (error: Error) => {
      if (signal.aborted) throw signal.reason
      const { code = error.message } = (error.cause ?? {}) as { code?: string }
      throw new MissingHere(
        'MP_CENTRAL_SILENT',
        `${origin} does not answer: ${code}`,
        "Forward central's admin port first, and give it as --central http://127.0.0.1:7081.",
        error,
      )
    },
  )
  if (answer.ok) return answer
  await answer.body?.cancel()
  const remedy =
    answer.status === 401
      ? 'Give the file with the uplink secret: --token-file FILE.'
      : "Give the admin port of the event's central, of this version: http://HOST:7081."
  throw new InvalidInput('MP_CENTRAL_EXPORT', `${origin} answered with HTTP ${answer.status}`, remedy)
}

function expiredFrom({ origin }: CentralSource, pop: string, expired: number): VoidRun {
  return new VoidRun(
    'MP_SESSION_LOG_BROKEN',
    `${origin} has let go of ${expired} old messages of ${pop}, as its retention says`,
    'Nothing is invoiced from a log with a gap. Give the data folder of the PoP with --log, or a backup of central.',
  )
}
