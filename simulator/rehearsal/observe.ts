// One pass over the load's raw lines: latencies into the recording, and what else the verdicts need.
import { quantile } from '../calibration/quantile-table.ts'
import { NEVER_ACKED_MS, PAGE_FAILED_MS } from '../models/attendee-client.ts'
import type { Recording } from '../recording.ts'
import type { PublishLine, RawLine } from './raw-lines.ts'

/** What the load knows of a message's content. */
export type SentMessage = Pick<PublishLine, 'kind' | 'at'>

export interface Observed {
  epochMs: number
  /** p99 of how late the generator began each action, ms. */
  latenessP99Ms: number | null
  neverConnected: string[]
  published: number
  /** Publishes that were refused at least once, whether they were taken later or not. */
  refused: number
  /** Acknowledged `disk` or better, by `messageId`. */
  acknowledged: Set<string>
  /** Every message that was sent at least once, by `messageId`. */
  sent: Map<string, SentMessage>
  deliveries: number
  deliveriesSampled: number
  pages: number
  pagesFailed: number
  /** Sockets that were lost, by the plan or not, and those among them that did not come back. */
  drops: number
  dropsForGood: number
  /** Gaps that clients were told of, and gaps that nobody told them of: the latter must be zero. */
  gapsTold: number
  gapsSilent: number
  /** Deliveries received by sessions of each client, for usage. */
  receivedByClient: Map<string, number>
  pagesByClient: Map<string, number>
}

export function messageId({ client, lane, seq }: { client: string; lane: string; seq: number }): string {
  return `${lane}/${seq}/${client}`
}

/** Throws where there is no start line: the load never began. */
export async function observe(lines: AsyncIterable<RawLine>, recording: Recording): Promise<Observed> {
  const lateness: number[] = []
  const seen: Observed = {
    epochMs: Number.NaN,
    latenessP99Ms: null,
    neverConnected: [],
    published: 0,
    refused: 0,
    acknowledged: new Set(),
    sent: new Map(),
    deliveries: 0,
    deliveriesSampled: 0,
    pages: 0,
    pagesFailed: 0,
    drops: 0,
    dropsForGood: 0,
    gapsTold: 0,
    gapsSilent: 0,
    receivedByClient: new Map(),
    pagesByClient: new Map(),
  }
  for await (const line of lines) {
    switch (line.k) {
      case 'start':
        seen.epochMs = line.epochMs
        break
      case 'connect':
        if (line.ms === null) seen.neverConnected.push(line.c)
        else lateness.push(line.late)
        break
      case 'pub':
        lateness.push(line.late)
        observePublish(line, seen, recording)
        break
      case 'in':
        for (const [, at, ms] of line.d) recording.latency('delivery', at, ms)
        seen.deliveriesSampled += line.d.length
        break
      case 'page':
        lateness.push(line.late)
        recording.latency('page', line.at, line.ok ? line.ms : PAGE_FAILED_MS)
        seen.pages++
        if (!line.ok) seen.pagesFailed++
        seen.pagesByClient.set(line.c, (seen.pagesByClient.get(line.c) ?? 0) + 1)
        break
      case 'drop':
        seen.drops++
        if (line.ms === null) seen.dropsForGood++
        break
      case 'gap':
        if (line.told) seen.gapsTold++
        else seen.gapsSilent++
        break
      case 'end':
        seen.deliveries += line.received
        seen.receivedByClient.set(line.c, line.received)
    }
  }
  if (Number.isNaN(seen.epochMs)) throw new Error('The measurements hold no start line: the load never began')
  if (lateness.length > 0) seen.latenessP99Ms = quantile(Float64Array.from(lateness).sort(), 0.99)
  return seen
}

function observePublish(line: PublishLine, seen: Observed, recording: Recording): void {
  const id = messageId({ client: line.c, lane: line.lane, seq: line.seq })
  seen.published++
  if (line.sends > 0) seen.sent.set(id, { kind: line.kind, at: line.at })
  if (line.refused !== undefined) seen.refused++
  if (line.ack !== null) seen.acknowledged.add(id)
  recording.latency('ack', line.at, line.ack ?? NEVER_ACKED_MS)
}
