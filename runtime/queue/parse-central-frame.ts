// The PoP's door to central: turns one text frame from central into a typed frame, or says what is wrong with it.
import { isLane, LANES, type Lane } from '../protocol/lanes.ts'
import { isCount, parseObject } from '../protocol/parse-object.ts'
import type { CentralUplinkFrame } from '../protocol/uplink.ts'

export type ParsedCentralFrame = { ok: CentralUplinkFrame } | { wrong: string }

/** Reads one frame. Never throws. Lanes that this version does not know are left out of `watermarks`. */
export function parseCentralFrame(text: string): ParsedCentralFrame {
  const parsed = parseObject(text)
  if ('wrong' in parsed) return parsed
  const frame = parsed.ok
  const { t, lane, through, expected, n, code, why } = frame
  switch (t) {
    case 'ready': {
      const watermarks = parseWatermarks(frame.watermarks)
      return watermarks ? { ok: { t, watermarks } } : { wrong: '`watermarks` must be whole numbers by lane' }
    }
    case 'applied':
      return isLane(lane) && isCount(through)
        ? { ok: { t, lane, through } }
        : { wrong: 'needs a lane and `through`' }
    case 'gap':
      return isLane(lane) && isCount(expected) && expected >= 1
        ? { ok: { t, lane, expected } }
        : { wrong: 'needs a lane and `expected` from 1' }
    case 'beat':
      return isCount(n) ? { ok: { t, n } } : { wrong: '`n` must be a whole number' }
    case 'err':
      return { ok: { t, code: String(code), why: String(why) } }
    default:
      return { wrong: '`t` must be ready, applied, gap, beat or err' }
  }
}

function parseWatermarks(value: unknown): Partial<Record<Lane, number>> | null {
  if (typeof value !== 'object' || value === null) return null
  const given = value as Record<string, unknown>
  const watermarks: Partial<Record<Lane, number>> = {}
  for (const lane of LANES) {
    const through = given[lane]
    if (through === undefined) continue
    if (!isCount(through)) return null
    watermarks[lane] = through
  }
  return watermarks
}
