import { describe, expect, test } from 'vitest'
import { instantClock } from './testing/instant-clock.ts'
import { PLAN } from './testing/run.ts'
import { performTimeline, type TimelineStep, timelineOf } from './timeline.ts'

function outage(startS: number, endS: number, venue = 'hall') {
  return { venue, target: 'uplink', startS, endS } as const
}

describe('timeline', () => {
  test('cuts at the start of each outage and restores at its end, in order of time', () => {
    const steps = timelineOf({ ...PLAN, outages: [outage(20, 25), outage(5, 10.5)] })
    expect(steps).toEqual([
      { atMs: 5_000, do: 'cut', venue: 'hall', target: 'uplink' },
      { atMs: 10_500, do: 'restore', venue: 'hall', target: 'uplink' },
      { atMs: 20_000, do: 'cut', venue: 'hall', target: 'uplink' },
      { atMs: 25_000, do: 'restore', venue: 'hall', target: 'uplink' },
    ])
  })

  test('a second uplink has outages of its own, also at the same time', () => {
    const [hall] = PLAN.venues
    const backedUp = {
      ...PLAN,
      venues: [{ ...hall, backupUplink: { rateBps: 500_000, rttMs: 60 } }] as never,
    }
    const backup = { ...outage(6, 9), target: 'backup-uplink' } as const
    const steps = timelineOf({ ...backedUp, outages: [outage(5, 10), backup] })
    expect(steps.map((step) => `${step.do} ${step.target}`)).toEqual([
      'cut uplink',
      'cut backup-uplink',
      'restore backup-uplink',
      'restore uplink',
    ])
    expect(() => timelineOf({ ...PLAN, outages: [backup] })).toThrow(/link that is not there/)
  })

  test.each([
    ['overlaps another', [outage(5, 10), outage(8, 12)]],
    ['ends before it starts', [outage(10, 5)]],
    ['starts before the run', [outage(-1, 5)]],
    ['lasts beyond the run', [outage(5, 31)]],
    ['names no venue of the event', [outage(5, 10, 'cellar')]],
  ])('refuses an outage that %s', (_what, outages) => {
    expect(() => timelineOf({ ...PLAN, outages })).toThrow(
      expect.objectContaining({ code: 'MP_OUTAGE', exitCode: 2 }),
    )
  })

  test('is performed at its times, and how late each step took hold is measured', async () => {
    const clock = instantClock(1_000)
    const steps = timelineOf({ ...PLAN, outages: [outage(5, 10)] })
    const acted: [number, TimelineStep['do']][] = []
    const performed = await performTimeline(steps, {
      clock,
      startMs: 1_500,
      signal: new AbortController().signal,
      act: async (step) => {
        acted.push([clock.nowMs, step.do])
        clock.nowMs += 30
      },
    })
    expect(acted).toEqual([
      [6_500, 'cut'],
      [11_500, 'restore'],
    ])
    expect(performed.map(({ atMs, doneMs }) => doneMs - atMs)).toEqual([30, 30])
  })

  test('stops between steps when the run is given up', async () => {
    const abort = new AbortController()
    const steps = timelineOf({ ...PLAN, outages: [outage(5, 10)] })
    const performing = performTimeline(steps, {
      clock: instantClock(),
      startMs: 0,
      signal: abort.signal,
      act: async () => abort.abort(new Error('given up')),
    })
    await expect(performing).rejects.toThrow('given up')
  })
})
