// Samples of the PoPs' queues as bins of a look and of a second: each bin's end takes every PoP's newest sample.
import type { Recording } from '../recording.ts'
import { BACKLOG_LOOKS_PER_S } from '../recovery.ts'
import type { QueueSample } from './raw-lines.ts'

/** A sample older than this at a bin's end says nothing about it. */
const STALE_MS = 1_500

interface PopTotals {
  sentBytes: number
  receivedBytes: number
  /** Times that the PoP was asked. */
  polls: number
}

/** A process that is started again counts its bytes from zero. */
class Counters {
  readonly #newest = new Map<string, QueueSample>()
  readonly #before = new Map<string, { sent: number; received: number }>()

  /** The sample with what earlier processes of its PoP had counted. */
  whole(sample: QueueSample): QueueSample {
    const { venue, uplinkSentBytes, uplinkReceivedBytes } = sample
    const last = this.#newest.get(venue)
    const before = this.#before.get(venue) ?? { sent: 0, received: 0 }
    if (last && (uplinkSentBytes < last.uplinkSentBytes || sample.committed < last.committed)) {
      before.sent += last.uplinkSentBytes
      before.received += last.uplinkReceivedBytes
    }
    this.#newest.set(venue, sample)
    this.#before.set(venue, before)
    return {
      ...sample,
      uplinkSentBytes: uplinkSentBytes + before.sent,
      uplinkReceivedBytes: uplinkReceivedBytes + before.received,
    }
  }
}

/** Writes the bins and returns what each venue's uplink carried from the run's start to the last sample. */
export async function recordQueues(
  samples: AsyncIterable<QueueSample>,
  venues: readonly string[],
  recording: Recording,
): Promise<Map<string, PopTotals>> {
  const newest = new Map<string, QueueSample>()
  /** Counters at the run's start: of the newest sample before it, or the first one there is. */
  const base = new Map<string, QueueSample>()
  const polls = new Map<string, number>()
  let looks = 0
  let sentBefore = 0
  const close = (look: number) => {
    const known = venues.map((venue) => newest.get(venue))
    const endMs = ((look + 1) * 1000) / BACKLOG_LOOKS_PER_S
    const fresh = known.filter((sample) => sample !== undefined && endMs - sample.tMs <= STALE_MS)
    if (fresh.length < venues.length) return
    const sum = (of: (sample: QueueSample) => number) =>
      (fresh as QueueSample[]).reduce((total, sample) => total + of(sample), 0)
    recording.look(
      look,
      sum(({ backlog }) => backlog),
    )
    if ((look + 1) % BACKLOG_LOOKS_PER_S !== 0) return
    const sent = sum(
      ({ venue, uplinkSentBytes }) => uplinkSentBytes - (base.get(venue)?.uplinkSentBytes ?? 0),
    )
    recording.second((look + 1) / BACKLOG_LOOKS_PER_S - 1, {
      backlog: sum(({ backlog }) => backlog),
      uplinkBytes: sent - sentBefore,
      sessions: sum(({ sessions }) => sessions),
    })
    sentBefore = sent
  }
  const counted = new Counters()
  for await (const read of samples) {
    const sample = counted.whole(read)
    while (sample.tMs * BACKLOG_LOOKS_PER_S >= (looks + 1) * 1000) close(looks++)
    if (sample.tMs <= 0 || !base.has(sample.venue)) base.set(sample.venue, sample)
    newest.set(sample.venue, sample)
    polls.set(sample.venue, (polls.get(sample.venue) ?? 0) + 1)
  }
  // To the end of the second that the last sample is in.
  do close(looks++)
  while (looks % BACKLOG_LOOKS_PER_S !== 0)
  return new Map(
    venues.map((venue) => {
      const [from, to] = [base.get(venue), newest.get(venue)]
      return [
        venue,
        {
          sentBytes: (to?.uplinkSentBytes ?? 0) - (from?.uplinkSentBytes ?? 0),
          receivedBytes: (to?.uplinkReceivedBytes ?? 0) - (from?.uplinkReceivedBytes ?? 0),
          polls: polls.get(venue) ?? 0,
        },
      ]
    }),
  )
}
