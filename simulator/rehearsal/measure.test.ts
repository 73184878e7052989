import { describe, expect, test } from 'vitest'
import { NEVER_ACKED_MS, PAGE_FAILED_MS } from '../models/attendee-client.ts'
import type { FigureId } from '../run-result.ts'
import { bodyOf, frameBytes } from '../workload/frames.ts'
import { measure } from './measure.ts'
import {
  EPOCH_MS,
  exported,
  type MadeUp,
  madeUpRun,
  publishLine,
  queueSample,
  watermark,
} from './testing/run.ts'

async function measured(run: MadeUp) {
  const measurement = await measure(madeUpRun(run))
  const figure = (id: FigureId) => measurement.result.figures.find((candidate) => candidate.id === id)?.value
  return { ...measurement, figure }
}

describe('conservation', () => {
  const attendees = [publishLine('ada', 1), publishLine('ada', 2), publishLine('bo', 1)]

  test('everything acknowledged and at central once: nothing lost, nothing twice', async () => {
    const central = [exported('ada', 1), exported('ada', 2), exported('bo', 1)]
    const { result, comparison } = await measured({ attendees, central })
    expect(result.conservation).toEqual({
      published: 3,
      acknowledged: 3,
      atCentral: 3,
      lost: 0,
      appliedTwice: 0,
      refused: 0,
    })
    expect(comparison.foreign).toBe(0)
  })

  test('what a PoP itself publishes is no attendee’s, and is applied once too', async () => {
    const own = exported('@log-1', 1, { lane: 'state', ch: 'agg.polls', body: {} })
    const central = [exported('ada', 1), exported('ada', 2), exported('bo', 1), own]
    const { result, comparison } = await measured({ attendees, central })
    expect(result.conservation).toMatchObject({ atCentral: 3, lost: 0, appliedTwice: 0 })
    expect(comparison.foreign).toBe(0)
    const twice = await measured({ attendees, central, watermarks: [watermark(5)] })
    expect(twice.result.conservation.appliedTwice).toBe(1)
  })

  test('what a channel rule keeps at the venue is not looked for at central', async () => {
    const votes = [publishLine('ada', 3, { kind: 'vote' }), publishLine('bo', 2, { kind: 'vote' })]
    const run = { attendees: [...attendees, ...votes], central: [exported('ada', 1), exported('bo', 1)] }
    const { result } = await measured({ ...run, plan: { goesUp: { chat: true, vote: false } } })
    expect(result.conservation).toMatchObject({ acknowledged: 5, atCentral: 2, lost: 1 })
    expect((await measured(run)).result.conservation.lost).toBe(3)
  })

  test('an acknowledged message that central does not have is lost', async () => {
    const { result } = await measured({ attendees, central: [exported('ada', 1), exported('bo', 1)] })
    expect(result.conservation).toMatchObject({ acknowledged: 3, atCentral: 2, lost: 1 })
  })

  test('a message that central counts twice was applied twice, though its rows cannot show it', async () => {
    const central = [exported('ada', 1), exported('ada', 2), exported('bo', 1)]
    const watermarks = [watermark(2), watermark(2, 0, 'log-2')]
    const { result, comparison } = await measured({ attendees, central, watermarks })
    expect(result.conservation).toMatchObject({ atCentral: 3, lost: 0, appliedTwice: 1 })
    expect(comparison.foreign).toBe(0)
  })

  test('a message that its PoP logged twice was applied twice', async () => {
    const central = [exported('ada', 1), exported('ada', 2), exported('bo', 1)]
    const { result } = await measured({ attendees, central, watermarks: [watermark(3, 1)] })
    expect(result.conservation).toMatchObject({ atCentral: 3, lost: 0, appliedTwice: 1 })
  })

  test('a message that no watermark counts came from nobody', async () => {
    const central = [exported('ada', 1), exported('ada', 2), exported('bo', 1)]
    const { result, comparison } = await measured({ attendees, central, watermarks: [watermark(2)] })
    expect(result.conservation).toMatchObject({ lost: 0, appliedTwice: 0 })
    expect(comparison.foreign).toBe(1)
  })

  test.each([
    ['channel', { ch: 'collect.poll' }],
    ['time', { at: EPOCH_MS + 1_001 }],
    ['body', { body: { text: 'x' } }],
    ['body with more in it', { body: { ...bodyOf('chat'), more: 1 } }],
  ])('a message with another %s is not the one that was sent', async (_, changed) => {
    const central = [exported('ada', 1, changed), exported('ada', 2), exported('bo', 1)]
    const { result, comparison } = await measured({ attendees, central })
    expect(result.conservation).toMatchObject({ atCentral: 3, lost: 1, appliedTwice: 0 })
    expect(comparison.foreign).toBe(1)
  })

  test('the same number in another lane or from another client is another message', async () => {
    const central = [exported('ada', 1, { lane: 'bulk' }), exported('ada', 2), exported('bo', 1)]
    const { result, comparison } = await measured({ attendees, central })
    expect(result.conservation.lost).toBe(1)
    expect(comparison.foreign).toBe(1)
  })

  test('a message sent but never acknowledged may be at central or not', async () => {
    const unacked = [publishLine('ada', 1, { ack: null }), publishLine('bo', 1, { ack: null })]
    const { result, comparison } = await measured({ attendees: unacked, central: [exported('ada', 1)] })
    expect(result.conservation).toMatchObject({ published: 2, acknowledged: 0, atCentral: 1, lost: 0 })
    expect(comparison.foreign).toBe(0)
  })

  test('a refused message that was taken later is refused and acknowledged', async () => {
    const { result } = await measured({
      attendees: [publishLine('ada', 1, { refused: 'MP_QUEUE_FULL', sends: 2 })],
      central: [exported('ada', 1)],
    })
    expect(result.conservation).toMatchObject({ refused: 1, acknowledged: 1, lost: 0 })
  })
})

describe('figures', () => {
  test('latency counts from the intended start, and lies in the second of that start', async () => {
    const { result, figure } = await measured({
      attendees: [publishLine('ada', 1, { at: 4_990, ack: 2_500, late: 15 })],
      central: [exported('ada', 1, { at: 1_796_290_004_990, applied_at: 1_796_290_005_090 })],
    })
    expect(figure('ack-p50')).toBe(2_500)
    expect(result.series.ackP50Ms[4]).toBe(2_500)
    expect(result.series.ackP50Ms[7]).toBeNull()
    expect(figure('sync-p99')).toBe(100)
  })

  test('a publish that was never acknowledged counts as longer than any that was', async () => {
    const failing = (seq: number) =>
      publishLine('ada', seq, { at: 2_000, ack: null, refused: 'MP_QUEUE_FULL' })
    const { result, figure } = await measured({
      attendees: [
        publishLine('ada', 1),
        failing(2),
        failing(3),
        publishLine('bo', 1, { ack: null, sends: 0 }),
      ],
    })
    expect(figure('ack-p50')).toBe(NEVER_ACKED_MS)
    expect(result.series.ackP99Ms[2]).toBe(NEVER_ACKED_MS)
    expect(result.conservation).toMatchObject({ published: 4, acknowledged: 1, refused: 2 })
  })

  test('a page of which a part failed counts as longer than any that loads', async () => {
    const { figure, observed } = await measured({
      attendees: [{ k: 'page', c: 'ada', at: 1_000, late: 0, ms: 12, ok: false }],
    })
    expect(figure('page-p50')).toBe(PAGE_FAILED_MS)
    expect(observed.pagesFailed).toBe(1)
  })

  test('backlog is taken at each second’s end and uplink bytes as what was sent in it', async () => {
    const { result, figure } = await measured({
      queue: [
        queueSample(-200, { uplinkSentBytes: 500 }),
        queueSample(900, { uplinkSentBytes: 700, backlog: 4 }),
        queueSample(1_400, { uplinkSentBytes: 900, backlog: 90 }),
        queueSample(1_900, { uplinkSentBytes: 1_000, backlog: 9 }),
        queueSample(2_100, { uplinkSentBytes: 1_500, backlog: 1 }),
      ],
    })
    expect(result.series.backlog.slice(0, 2)).toEqual([4, 9])
    expect(result.series.uplinkBytes.slice(0, 2)).toEqual([200, 300])
    expect(figure('backlog-peak')).toBe(9)
  })

  test('a PoP that stopped answering leaves seconds unknown instead of flat', async () => {
    const queue = [queueSample(0), queueSample(900, { backlog: 3 }), queueSample(8_100, { backlog: 5 })]
    const { result } = await measured({ queue })
    expect(result.series.backlog.slice(0, 9)).toEqual([3, 3, null, null, null, null, null, null, 5])
  })

  test('recovery counts from the link’s return to the empty backlog', async () => {
    const outages = [{ venue: 'hall', target: 'uplink', startS: 5, endS: 10 } as const]
    const queue = Array.from({ length: 120 }, (_, i) =>
      queueSample(i * 250 + 240, { backlog: i * 250 > 5_000 && i * 250 < 12_900 ? 50 : 0 }),
    )
    const { figure } = await measured({ plan: { outages }, facts: { outage: 'cut' }, queue })
    expect(figure('recovery')).toBeGreaterThanOrEqual(3)
    expect(figure('recovery')).toBeLessThanOrEqual(4)
  })

  test('usage is told per venue, in the time of the event', async () => {
    const { result } = await measured({
      attendees: [
        { k: 'end', c: 'ada', received: 1_000, sampled: 10, errors: 0 },
        { k: 'page', c: 'bo', at: 0, late: 0, ms: 100, ok: true },
      ],
      queue: [queueSample(0, { uplinkSentBytes: 100 }), queueSample(30_000, { uplinkSentBytes: 2_000_100 })],
    })
    const of = (meter: string) => result.usage.find((usage) => usage.meter === meter)
    expect(of('attendee-egress')?.quantity).toBeCloseTo((1_000 * frameBytes.message + 100_000) / 1e9, 12)
    expect(of('uplink-sent')?.quantity).toBeCloseTo(0.002)
    expect(of('cpu-time')).toMatchObject({
      unit: 'vCPU-hour',
      urn: 'urn:hall',
      source: 'measured',
    })
    // 3.6 s less two polls of the queue.
    expect(of('cpu-time')?.quantity).toBeCloseTo((3_600 - 2.4) / 3_600_000, 12)
    expect(of('cpu-time')?.window).toEqual({ startMs: 1_796_293_600_000, endMs: 1_796_293_630_000 })
  })
})

describe('observation', () => {
  test('lateness is that of every action, and gaps nobody was told of are kept apart', async () => {
    const { observed } = await measured({
      attendees: [
        { k: 'connect', c: 'ada', at: 0, late: 2, ms: 30 },
        { k: 'connect', c: 'bo', at: 0, late: 0, ms: null },
        publishLine('ada', 1, { late: 8 }),
        { k: 'gap', c: 'ada', ch: 'room.main', after: 3, off: 7, told: true },
        { k: 'gap', c: 'ada', ch: 'room.main', after: 9, off: 11, told: false },
        { k: 'drop', c: 'ada', at: 5_000, ms: 40 },
        { k: 'drop', c: 'bo', at: 5_000, ms: null },
      ],
    })
    expect(observed.latenessP99Ms).toBeCloseTo(7.94)
    expect(observed.neverConnected).toEqual(['bo'])
    expect(observed).toMatchObject({ gapsTold: 1, gapsSilent: 1, drops: 2, dropsForGood: 1 })
  })

  test('measurements without a start line are refused: the load never began', async () => {
    const run = madeUpRun({})
    const empty = { ...run, attendees: async function* () {} }
    await expect(measure(empty)).rejects.toThrow('no start line')
  })
})
