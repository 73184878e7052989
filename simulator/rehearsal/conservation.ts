// Message by message: what attendees were told is safe, against what central has.
import type { ExportedMessage } from '../../runtime/central/export.ts'
import type { Recording } from '../recording.ts'
import type { Conservation } from '../run-result.ts'
import { messageId, type Observed } from './observe.ts'

export interface Comparison extends Conservation {
  /** At central and never published by this run: must be zero. */
  foreign: number
}

/** Compares central's export with what was acknowledged, and records how long each message took to get there. */
export async function compareWithCentral(
  messages: AsyncIterable<ExportedMessage>,
  observed: Observed,
  recording: Recording,
): Promise<Comparison> {
  const at = new Set<string>()
  let appliedTwice = 0
  let foreign = 0
  for await (const message of messages) {
    const id = messageId(message)
    if (at.has(id)) {
      appliedTwice++
      continue
    }
    at.add(id)
    if (!observed.sent.has(id)) foreign++
    recording.latency('sync', message.at - observed.epochMs, message.applied_at - message.at)
  }
  let lost = 0
  for (const id of observed.acknowledged) if (!at.has(id)) lost++
  return {
    published: observed.published,
    acknowledged: observed.acknowledged.size,
    atCentral: at.size,
    lost,
    appliedTwice,
    refused: observed.refused,
    foreign,
  }
}
