// The door of an uplink: turns one text frame from a PoP into a typed frame, or says what is wrong with it.
import { isLane } from '../protocol/lanes.ts'
import { parseObject } from '../protocol/parse-object.ts'
import { type PopUplinkFrame, UPLINK_BATCH_RECORDS_MAX, type UplinkRecord } from '../protocol/uplink.ts'

export type Parsed = { ok: PopUplinkFrame } | { wrong: string }

const NAME = /^[a-z0-9-]{1,40}$/
const LOG = /^[A-Za-z0-9-]{1,64}$/
const CLIENT = /^[A-Za-z0-9_-]{1,64}$/
const CHANNEL_CHARS_MAX = 256
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what it refuses
const CONTROL = /[\u0000-\u001f\u007f]/

/** Reads one frame. Never throws; `wrong` quotes nothing of the frame, so that it can be logged. */
export function parseUplinkFrame(text: string): Parsed {
  const parsed = parseObject(text)
  if ('wrong' in parsed) return parsed
  const frame = parsed.ok
  switch (frame.t) {
    case 'uplink':
      return parseHello(frame)
    case 'batch':
      return parseBatch(frame)
    case 'beat':
      return isWhole(frame.n, 0) ? { ok: { t: 'beat', n: frame.n } } : { wrong: '`n` must be a whole number' }
    default:
      return { wrong: '`t` must be uplink, batch or beat' }
  }
}

function parseHello({ event, pop, log }: Record<string, unknown>): Parsed {
  if (!matches(event, NAME)) return { wrong: '`event` must be 1 to 40 of a-z 0-9 -' }
  if (!matches(pop, NAME)) return { wrong: '`pop` must be 1 to 40 of a-z 0-9 -' }
  if (!matches(log, LOG)) return { wrong: '`log` must be 1 to 64 of A-Z a-z 0-9 -' }
  return { ok: { t: 'uplink', event, pop, log } }
}

function parseBatch({ lane, first, records }: Record<string, unknown>): Parsed {
  if (!isLane(lane)) return { wrong: '`lane` is none of the lanes' }
  if (!isWhole(first, 1)) return { wrong: '`first` must be a whole number from 1' }
  if (!Array.isArray(records) || records.length === 0 || records.length > UPLINK_BATCH_RECORDS_MAX) {
    return { wrong: `\`records\` must be 1 to ${UPLINK_BATCH_RECORDS_MAX} records` }
  }
  const parsed: UplinkRecord[] = []
  for (const [index, record] of records.entries()) {
    const wrong = recordFault(record)
    if (wrong !== null) return { wrong: `record ${index}: ${wrong}` }
    const { client, seq, ch, body, at } = record
    parsed.push({ client, seq, ch, body, at })
  }
  return { ok: { t: 'batch', lane, first, records: parsed } }
}

function recordFault(record: unknown): string | null {
  if (typeof record !== 'object' || record === null) return 'not an object'
  const { client, seq, ch, body, at } = record as Record<string, unknown>
  if (!matches(client, CLIENT)) return '`client` must be 1 to 64 of A-Z a-z 0-9 _ -'
  if (!isWhole(seq, 1)) return '`seq` must be a whole number from 1'
  if (!isChannel(ch)) return `\`ch\` must be 1 to ${CHANNEL_CHARS_MAX} characters, no control characters`
  if (typeof at !== 'number' || !Number.isFinite(at)) return '`at` must be ms since the Unix epoch'
  if (body === undefined) return '`body` is missing'
  return null
}

function isChannel(value: unknown): boolean {
  return (
    typeof value === 'string' &&
    value.length > 0 &&
    value.length <= CHANNEL_CHARS_MAX &&
    value.isWellFormed() &&
    !CONTROL.test(value)
  )
}

function matches(value: unknown, pattern: RegExp): value is string {
  return typeof value === 'string' && pattern.test(value)
}

function isWhole(value: unknown, min: number): value is number {
  return Number.isSafeInteger(value) && (value as number) >= min
}
