// The door for frames that compare and repair, and for acknowledged documents: typed, or what is wrong with them.
import { isLane } from '../protocol/lanes.ts'
import {
  type BlockDigest,
  type DocumentVersions,
  isDocumentKind,
  type PopUplinkFrame,
  type Repair,
  UPLINK_BATCH_RECORDS_MAX,
} from '../protocol/uplink.ts'
import type { ParsedUplinkFrame } from './parse-frame.ts'
import { isWhole, parseRecord } from './parse-record.ts'

/** Blocks that one frame compares, at most: central reads as many thousand rows to answer it. */
export const BLOCKS_MAX = 64
/** Records of one block, at most. */
export const BLOCK_RECORDS_MAX = 1_024

const SUM = /^[0-9a-f]{16}$/
const BASE64 = /^[A-Za-z0-9+/]*={0,2}$/

/** Never throws; `wrong` quotes nothing of the frame. */
export function parseReconcileFrame(frame: Record<string, unknown>): ParsedUplinkFrame {
  const { t, n, lane, kind, version } = frame
  if (t === 'doc-kept') {
    return isDocumentKind(kind) && isWhole(version, 1)
      ? { ok: { t, kind, version } }
      : { wrong: 'needs a kind and a `version` from 1' }
  }
  if (t !== 'reconcile' && t !== 'digests' && t !== 'records' && t !== 'repair') {
    return { wrong: '`t` is no frame of a PoP' }
  }
  if (!isWhole(n, 0)) return { wrong: '`n` must be a whole number' }
  if (t === 'reconcile') {
    const versions = parseVersions(frame.versions)
    return versions
      ? { ok: { t, n, versions } }
      : { wrong: '`versions` must be `through` and `digest` by kind of document' }
  }
  if (!isLane(lane)) return { wrong: '`lane` is none of the lanes' }
  if (t === 'digests') {
    const blocks = parseBlocks(frame.blocks)
    return blocks ? { ok: { t, n, lane, blocks } } : { wrong: `\`blocks\` must be 1 to ${BLOCKS_MAX} blocks` }
  }
  if (t === 'records') return parseRecordDigests(frame, n, lane)
  return parseRepair(frame, n, lane)
}

/** null where the value is none. */
export function parseVersions(value: unknown): DocumentVersions | null {
  if (typeof value !== 'object' || value === null) return null
  const versions: DocumentVersions = {}
  for (const [kind, of] of Object.entries(value)) {
    // A PoP of a later version may know more kinds.
    if (!isDocumentKind(kind)) continue
    const { through, digest } = (of ?? {}) as Record<string, unknown>
    if (!isWhole(through, 1) || typeof digest !== 'string' || !SUM.test(digest)) return null
    versions[kind] = { through, digest }
  }
  return versions
}

type Of<T extends PopUplinkFrame['t']> = Extract<PopUplinkFrame, { t: T }>

function parseBlocks(value: unknown): BlockDigest[] | null {
  if (!Array.isArray(value) || value.length === 0 || value.length > BLOCKS_MAX) return null
  const blocks: BlockDigest[] = []
  for (const block of value) {
    const { from, to, count, sum } = (block ?? {}) as Record<string, unknown>
    if (!isWhole(from, 1) || !isWhole(to, from) || to - from >= BLOCK_RECORDS_MAX) return null
    if (!isWhole(count, 0) || typeof sum !== 'string' || !SUM.test(sum)) return null
    blocks.push({ from, to, count, sum })
  }
  return blocks
}

function parseRecordDigests(
  frame: Record<string, unknown>,
  n: number,
  lane: Of<'records'>['lane'],
): ParsedUplinkFrame {
  const { from, digests } = frame
  if (!isWhole(from, 1)) return { wrong: '`from` must be a whole number from 1' }
  if (typeof digests !== 'string' || !BASE64.test(digests)) return { wrong: '`digests` must be base64' }
  const bytes = Buffer.byteLength(digests, 'base64')
  if (bytes === 0 || bytes % 8 !== 0 || bytes > BLOCK_RECORDS_MAX * 8) {
    return { wrong: `\`digests\` must be 1 to ${BLOCK_RECORDS_MAX} of 8 bytes` }
  }
  return { ok: { t: 'records', n, lane, from, digests } }
}

function parseRepair(frame: Record<string, unknown>, n: number, lane: Repair['lane']): ParsedUplinkFrame {
  const given = frame.records
  if (!Array.isArray(given) || given.length === 0 || given.length > UPLINK_BATCH_RECORDS_MAX) {
    return { wrong: `\`records\` must be 1 to ${UPLINK_BATCH_RECORDS_MAX} records` }
  }
  const records: Repair['records'] = []
  for (const [index, entry] of given.entries()) {
    const [laneSeq, value] = Array.isArray(entry) ? entry : []
    const record = parseRecord(value)
    if (!isWhole(laneSeq, 1)) return { wrong: `record ${index}: no number in its lane` }
    if ('wrong' in record) return { wrong: `record ${index}: ${record.wrong}` }
    records.push([laneSeq, record.ok])
  }
  return { ok: { t: 'repair', n, lane, records } }
}
