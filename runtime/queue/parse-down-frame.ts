// The PoP's door for answers to a comparison, and for documents: typed, or what is wrong with them.
import { isCount } from '../protocol/parse-object.ts'
import { type BlockDigest, DOCUMENT_NAME, isDocumentKind } from '../protocol/uplink.ts'
import { BLOCK_RECORDS } from './block-sums.ts'
import type { ParsedCentralFrame } from './parse-central-frame.ts'
import { parseLaneCounts } from './parse-lane-counts.ts'

const SUM = /^[0-9a-f]{16}$/

/** Never throws. */
export function parseDownFrame(frame: Record<string, unknown>): ParsedCentralFrame {
  const { t, n, expired, stored } = frame
  if (t === 'doc') return parseDocument(frame)
  if (t !== 'reconciling' && t !== 'differing' && t !== 'missing' && t !== 'repaired') {
    return { wrong: '`t` is no frame of central' }
  }
  if (!isCount(n)) return { wrong: '`n` must be a whole number' }
  switch (t) {
    case 'reconciling': {
      const through = parseLaneCounts(expired)
      return through
        ? { ok: { t, n, expired: through } }
        : { wrong: '`expired` must be whole numbers by lane' }
    }
    case 'differing': {
      const blocks = listOf(frame.blocks, isBlock)
      return blocks ? { ok: { t, n, blocks } } : { wrong: '`blocks` must be blocks of records' }
    }
    case 'missing': {
      const [lacks, extra, other] = [frame.lacks, frame.extra, frame.other].map((list) =>
        listOf(list, isCount),
      )
      return lacks && extra && other
        ? { ok: { t, n, lacks, extra, other } }
        : { wrong: '`lacks`, `extra` and `other` must be numbers of records' }
    }
    case 'repaired':
      return isCount(stored) ? { ok: { t, n, stored } } : { wrong: '`stored` must be a whole number' }
  }
}

function parseDocument({ t, kind, name, version, body }: Record<string, unknown>): ParsedCentralFrame {
  if (!isDocumentKind(kind)) return { wrong: '`kind` is no kind of document' }
  if (typeof name !== 'string' || !DOCUMENT_NAME.test(name))
    return { wrong: '`name` is no name of a document' }
  if (!isCount(version) || version < 1) return { wrong: '`version` must be a whole number from 1' }
  return { ok: { t: t as 'doc', kind, name, version, ...(body !== undefined && { body }) } }
}

function isBlock(value: unknown): value is BlockDigest {
  const { from, to, count, sum } = (value ?? {}) as Record<string, unknown>
  if (!isCount(from) || !isCount(to) || !isCount(count) || typeof sum !== 'string') return false
  return from >= 1 && to >= from && to - from < BLOCK_RECORDS && SUM.test(sum)
}

/** As many as a block has records, at most: no answer lists more. */
function listOf<Item>(value: unknown, is: (item: unknown) => item is Item): Item[] | null {
  return Array.isArray(value) && value.length <= BLOCK_RECORDS && value.every(is) ? value : null
}
