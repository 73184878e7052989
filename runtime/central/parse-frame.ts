// The door of an uplink: turns one text frame from a PoP into a typed frame, or says what is wrong with it.
import { isLane } from '../protocol/lanes.ts'
import { parseObject } from '../protocol/parse-object.ts'
import {
  type PopUplinkFrame,
  SOFTWARE_VERSION,
  UPLINK_BATCH_RECORDS_MAX,
  type UplinkRecord,
} from '../protocol/uplink.ts'
import { parseLaneCounts } from '../queue/parse-lane-counts.ts'
import { parseReconcileFrame, parseVersions } from './parse-reconcile-frame.ts'
import { isWhole, matches, parseRecord } from './parse-record.ts'

export type ParsedUplinkFrame = { ok: PopUplinkFrame } | { wrong: string }

const NAME = /^[a-z0-9-]{1,40}$/
const LOG = /^[A-Za-z0-9-]{1,64}$/

/** Reads one frame. Never throws; `wrong` quotes nothing of the frame, so that it can be logged. */
export function parseUplinkFrame(text: string): ParsedUplinkFrame {
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
      return parseReconcileFrame(frame)
  }
}

function parseHello(hello: Record<string, unknown>): ParsedUplinkFrame {
  const { event, pop, log, term, began, versions, micropop } = hello
  if (!matches(event, NAME)) return { wrong: '`event` must be 1 to 40 of a-z 0-9 -' }
  if (!matches(pop, NAME)) return { wrong: '`pop` must be 1 to 40 of a-z 0-9 -' }
  if (!matches(log, LOG)) return { wrong: '`log` must be 1 to 64 of A-Z a-z 0-9 -' }
  if (term !== undefined && !isWhole(term, 1)) return { wrong: '`term` must be a whole number from 1' }
  const counts = began === undefined ? undefined : parseLaneCounts(began)
  if (counts === null) return { wrong: '`began` must be whole numbers by lane' }
  const has = versions === undefined ? undefined : parseVersions(versions)
  if (has === null) return { wrong: '`versions` must be `through` and `digest` by kind of document' }
  return {
    ok: {
      ...{ t: 'uplink', event, pop, log },
      ...(term !== undefined && { term }),
      ...(counts && { began: counts }),
      ...(has && { versions: has }),
      ...(matches(micropop, SOFTWARE_VERSION) && { micropop }),
    },
  }
}

function parseBatch({ lane, first, records }: Record<string, unknown>): ParsedUplinkFrame {
  if (!isLane(lane)) return { wrong: '`lane` is none of the lanes' }
  if (!isWhole(first, 1)) return { wrong: '`first` must be a whole number from 1' }
  if (!Array.isArray(records) || records.length === 0 || records.length > UPLINK_BATCH_RECORDS_MAX) {
    return { wrong: `\`records\` must be 1 to ${UPLINK_BATCH_RECORDS_MAX} records` }
  }
  const parsed: (UplinkRecord | null)[] = []
  for (const [index, value] of records.entries()) {
    const record = value === null ? { ok: null } : parseRecord(value)
    if ('wrong' in record) return { wrong: `record ${index}: ${record.wrong}` }
    parsed.push(record.ok)
  }
  return { ok: { t: 'batch', lane, first, records: parsed } }
}
