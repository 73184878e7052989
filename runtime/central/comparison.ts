// Answers the frames by which a PoP compares its log with what is here, counts and logs what was found.
import type { Logger } from 'pino'
import type {
  CentralUplinkFrame,
  LaneDigests,
  PopUplinkFrame,
  RecordDigests,
  Repair,
} from '../protocol/uplink.ts'
import { decodeDigests } from '../queue/record-digest.ts'
import { compareRecords, differing, expiredThrough } from './digests.ts'
import type { CentralMetrics } from './metrics.ts'
import { repair } from './repair.ts'
import type { Source } from './source.ts'
import type { Store } from './store.ts'

export type ComparisonFrame = Extract<PopUplinkFrame, { t: 'reconcile' | 'digests' | 'records' | 'repair' }>

interface Context {
  store: Store
  metrics: CentralMetrics
}

/** `source` was opened before. Errors: Fenced; the store's own. */
export async function answerComparison(
  context: Context,
  logger: Logger,
  source: Source,
  frame: ComparisonFrame,
): Promise<CentralUplinkFrame> {
  const { n } = frame
  switch (frame.t) {
    case 'reconcile':
      return { t: 'reconciling', n, expired: await expiredThrough(context.store, source) }
    case 'digests':
      return { t: 'differing', n, blocks: await differingBlocks(context, source, frame) }
    case 'records':
      return { t: 'missing', n, ...(await differingRecords(context, logger, source, frame)) }
    case 'repair':
      return { t: 'repaired', n, stored: await repaired(context, logger, source, frame) }
  }
}

async function differingBlocks({ store, metrics }: Context, source: Source, { lane, blocks }: LaneDigests) {
  const found = await differing(store, source, lane, blocks)
  metrics.comparedBlocks.inc({ lane }, blocks.length)
  metrics.differingBlocks.inc({ lane }, found.length)
  return found
}

async function differingRecords(
  { store, metrics }: Context,
  logger: Logger,
  source: Source,
  { lane, from, digests }: RecordDigests,
) {
  const found = await compareRecords(store, source, lane, from, decodeDigests(digests))
  const { lacks, extra, other } = found
  for (const is of ['lacks', 'extra', 'other'] as const) {
    metrics.differingRecords.inc({ lane, is }, found[is].length)
  }
  const first = { lacks: lacks[0], extra: extra[0], other: other[0] }
  const counts = { lacks: lacks.length, extra: extra.length, other: other.length }
  logger.warn({ lane, from, ...counts, first }, 'this log and central differ')
  return found
}

async function repaired(
  { store, metrics }: Context,
  logger: Logger,
  source: Source,
  { lane, records }: Repair,
): Promise<number> {
  const { stored, other } = await repair(store, source, lane, records)
  metrics.repaired.inc({ lane }, stored)
  logger.warn({ lane, sent: records.length, stored, other: other.length }, 'records stored again')
  return stored
}
