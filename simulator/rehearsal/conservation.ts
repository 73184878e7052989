// Message by message: what attendees were told is safe, against what central has and how often it took it.
import { isDeepStrictEqual } from 'node:util'
import { isOwn } from '../../runtime/broker/own-publishes.ts'
import type { ExportedMessage, ExportedWatermark } from '../../runtime/central/export.ts'
import type { Recording } from '../recording.ts'
import type { Conservation } from '../run-result.ts'
import { bodyOf } from '../workload/frames.ts'
import { CHANNELS, type RunPlan } from '../workload/run-plan.ts'
import { messageId, type Observed, type SentMessage } from './observe.ts'

/** As central exports it with bodies. */
export type ExportedWithBody = ExportedMessage & { body: unknown }

export interface Comparison extends Conservation {
  /** At central and never published so by this run, or counted by no watermark: must be zero. */
  foreign: number
}

const BODIES = { chat: bodyOf('chat'), vote: bodyOf('vote') }

/**
 * Compares central's export with what was sent and acknowledged, and records how long each message took to get
 * there. A message whose channel, time or body is another is not the one that was sent: foreign, and the sent one
 * is lost. What channel rules keep at the venue is not looked for.
 *
 * Central keeps one row an identity whatever happens, so rows cannot show that a message was applied twice; its
 * watermarks count each application. An attendee of a rehearsal has one PoP, so what a watermark calls a duplicate
 * is a message that the PoP logged, and delivered, twice.
 */
export async function compareWithCentral(
  goesUp: RunPlan['goesUp'],
  messages: AsyncIterable<ExportedWithBody>,
  watermarks: readonly ExportedWatermark[],
  observed: Observed,
  recording: Recording,
): Promise<Comparison> {
  const at = new Set<string>()
  const asSent = new Set<string>()
  /** What PoPs themselves publish: counted, and no attendee's. */
  let own = 0
  for await (const message of messages) {
    const id = messageId(message)
    at.add(id)
    if (isOwn(message)) {
      own++
      continue
    }
    const sent = observed.sent.get(id)
    if (sent !== undefined && isAsSent(message, sent, observed.epochMs)) asSent.add(id)
    recording.latency('sync', message.at - observed.epochMs, message.applied_at - message.at)
  }
  const applied = watermarks.reduce((sum, watermark) => sum + watermark.applied, 0)
  const duplicates = watermarks.reduce((sum, watermark) => sum + watermark.duplicates, 0)
  let lost = 0
  for (const id of observed.acknowledged) {
    const sent = observed.sent.get(id)
    if (!asSent.has(id) && (sent === undefined || goesUp[sent.kind])) lost++
  }
  return {
    published: observed.published,
    acknowledged: observed.acknowledged.size,
    atCentral: at.size - own,
    lost,
    appliedTwice: Math.max(0, applied - at.size) + duplicates,
    refused: observed.refused,
    foreign: at.size - own - asSent.size + Math.max(0, at.size - applied),
  }
}

function isAsSent({ ch, at, body }: ExportedWithBody, sent: SentMessage, epochMs: number): boolean {
  return ch === CHANNELS[sent.kind] && at === epochMs + sent.at && isDeepStrictEqual(body, BODIES[sent.kind])
}
