// The PoP's door to central: turns one text frame from central into a typed frame, or says what is wrong with it.
import { isLane } from '../protocol/lanes.ts'
import { isCount, parseObject } from '../protocol/parse-object.ts'
import { type CentralUplinkFrame, SOFTWARE_VERSION } from '../protocol/uplink.ts'
import { parseDownFrame } from './parse-down-frame.ts'
import { parseLaneCounts } from './parse-lane-counts.ts'

export type ParsedCentralFrame = { ok: CentralUplinkFrame } | { wrong: string }

/** Reads one frame. Never throws. Lanes that this version does not know are left out of `watermarks`. */
export function parseCentralFrame(text: string): ParsedCentralFrame {
  const parsed = parseObject(text)
  if ('wrong' in parsed) return parsed
  const frame = parsed.ok
  const { t, lane, through, expected, n, code, why } = frame
  switch (t) {
    case 'ready': {
      const watermarks = parseLaneCounts(frame.watermarks)
      if (!watermarks) return { wrong: '`watermarks` must be whole numbers by lane' }
      const { micropop } = frame
      const said = typeof micropop === 'string' && SOFTWARE_VERSION.test(micropop)
      return { ok: { t, watermarks, ...(said && { micropop }) } }
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
      return parseDownFrame(frame)
  }
}
