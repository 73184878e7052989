// One whole number a lane, as central tells watermarks: read strictly, without lanes of a newer version.
import { LANES, type Lane } from '../protocol/lanes.ts'
import { isCount } from '../protocol/parse-object.ts'

/** null where the value is none. */
export function parseLaneCounts(value: unknown): Partial<Record<Lane, number>> | null {
  if (typeof value !== 'object' || value === null) return null
  const given = value as Record<string, unknown>
  const counts: Partial<Record<Lane, number>> = {}
  for (const lane of LANES) {
    const count = given[lane]
    if (count === undefined) continue
    if (!isCount(count)) return null
    counts[lane] = count
  }
  return counts
}
