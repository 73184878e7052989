import { describe, expect, test } from 'vitest'
import type { RawLine } from '../rehearsal/raw-lines.ts'
import { LINKS, madeUpRun, publishLine, queueSample } from '../rehearsal/testing/run.ts'
import { testCalibration } from '../testing/calibration.ts'
import { frameBytes } from '../workload/frames.ts'
import { borrowed, calibrationOf, SAMPLES_MIN } from './calibrate.ts'
import { oneWayMs, pageLinkMs } from './link-time.ts'

const SERVICE_MS = 5
const seconds = Array.from({ length: SAMPLES_MIN }, (_, i) => 1_000 + i * 500)

function ackMs(link: keyof typeof LINKS): number {
  return oneWayMs(LINKS[link], frameBytes.publish.chat) + oneWayMs(LINKS[link], frameBytes.ack) + SERVICE_MS
}

/** Lines of a run whose processes take `SERVICE_MS` for everything. */
function steadyLines(): RawLine[] {
  const deliveryMs =
    oneWayMs(LINKS.fast, frameBytes.publish.chat) + oneWayMs(LINKS.slow, frameBytes.message) + SERVICE_MS
  const pageMs = pageLinkMs(LINKS.slow, 1_000, 4, 99_000) + SERVICE_MS
  return [
    ...seconds.flatMap((at, i): RawLine[] => [
      publishLine('ada', i + 1, { at, ack: ackMs('fast') }),
      publishLine('bo', i + 1, { at, ack: ackMs('slow') }),
      { k: 'page', c: 'bo', at, late: 0, ms: pageMs, ok: true },
    ]),
    { k: 'in', c: 'bo', d: seconds.map((at) => ['ada', at, deliveryMs]) },
    { k: 'end', c: 'bo', received: SAMPLES_MIN, sampled: SAMPLES_MIN, errors: 0 },
  ]
}

const outage = { venue: 'hall', target: 'uplink', startS: 2, endS: 6 } as const

describe('calibration', () => {
  test('leaves what the processes took when the links are taken off, the same on a fast and a slow link', async () => {
    const found = await calibrationOf([madeUpRun({ attendees: steadyLines() })])
    for (const table of [found.ackServiceMs, found.deliveryServiceMs, found.pageServiceMs]) {
      expect(table[0]).toBeCloseTo(SERVICE_MS, 2)
      expect(table.at(-1)).toBeCloseTo(SERVICE_MS, 2)
    }
    expect(found.samples).toMatchObject({ ack: 2 * SAMPLES_MIN, delivery: SAMPLES_MIN, page: SAMPLES_MIN })
    expect(found.applyMs[500]).toBeCloseTo(1.5)
    expect(JSON.parse(JSON.stringify(found))).toEqual(found)
  })

  test('leaves out what an outage, its aftermath, a dropped socket or a failed page did', async () => {
    const wrong: RawLine[] = [
      publishLine('ada', 100, { at: 3_000, ack: 9_999 }),
      publishLine('ada', 101, { at: 15_000, ack: 9_999 }),
      { k: 'drop', c: 'ada', at: 20_000, ms: 200 },
      publishLine('ada', 102, { at: 20_100, ack: 9_999 }),
      publishLine('ada', 103, { at: 21_000, ack: 9_999, sends: 2 }),
      publishLine('ada', 104, { at: 21_000, ack: null }),
      { k: 'page', c: 'ada', at: 21_000, late: 0, ms: 30_000, ok: false },
      { k: 'in', c: 'bo', d: [['ada', 3_000, 9_999]] },
    ]
    const late = steadyLines().map((line) => ('at' in line ? { ...line, at: line.at + 16_000 } : line))
    const deliveries = late.map((line) =>
      line.k === 'in'
        ? { ...line, d: line.d.map(([from, at, ms]) => [from, at + 16_000, ms] as [string, number, number]) }
        : line,
    )
    const found = await calibrationOf([
      madeUpRun({ plan: { outages: [outage] }, attendees: [...wrong, ...deliveries] }),
    ])
    expect(found.ackServiceMs.at(-1)).toBeCloseTo(SERVICE_MS, 2)
    expect(found.deliveryServiceMs.at(-1)).toBeCloseTo(SERVICE_MS, 2)
    expect(found.pageServiceMs.at(-1)).toBeCloseTo(SERVICE_MS, 2)
  })

  test('knows how long the PoP took to be connected again, and the most that waited', async () => {
    const step = { atMs: 6_000, do: 'restore', venue: 'hall', target: 'uplink', doneMs: 6_010 } as const
    const timeline = [step]
    const queue = [
      queueSample(5_900, { connected: false, backlog: 40 }),
      queueSample(6_100, { connected: false, backlog: 42 }),
      queueSample(6_700, { backlog: 3 }),
      queueSample(6_900),
    ]
    const found = await calibrationOf([madeUpRun({ facts: { timeline }, attendees: steadyLines(), queue })])
    expect(found.reconnectMs).toEqual([690])
    expect(found.range.backlog).toBe(42)
  })

  test('finds what a publish costs the processor from what the run took', async () => {
    const venues = [{ name: 'hall', urn: 'urn:hall', cpuS: 0.6, cpuOverS: 60 }]
    const found = await calibrationOf([madeUpRun({ facts: { venues }, attendees: steadyLines() })])
    const { idleMsPerMinute, deliveryMs, pageMs, publishMs } = found.cpu
    expect(idleMsPerMinute + 2 * SAMPLES_MIN * publishMs + SAMPLES_MIN * (deliveryMs + pageMs)).toBeCloseTo(
      600,
    )
    expect(publishMs).toBeGreaterThan(0)
  })

  test('says its range: the busiest second, deliveries scaled to all when only some were written down', async () => {
    const lines = steadyLines().map((line) =>
      line.k === 'end' ? { ...line, received: 3 * SAMPLES_MIN } : line,
    )
    const found = await calibrationOf([madeUpRun({ attendees: lines })])
    expect(found.range).toMatchObject({ sessions: 2, publishesPerS: 4, deliveriesPerS: 6 })
  })

  test('borrows the table of what it has too few samples of, and tells which', async () => {
    const noPages = steadyLines().filter(({ k }) => k !== 'page')
    const found = await calibrationOf([madeUpRun({ attendees: noPages })], testCalibration)
    expect(found.pageServiceMs).toBe(testCalibration.pageServiceMs)
    expect(found.ackServiceMs).not.toBe(testCalibration.ackServiceMs)
    expect(borrowed(found)).toEqual(['page'])
  })

  test('learns from several runs what most of them say, and names them all', async () => {
    const slow = steadyLines().map((line) =>
      line.k === 'pub' ? { ...line, ack: (line.ack ?? 0) + 1_000 } : line,
    )
    const runs = [steadyLines(), slow, steadyLines()].map((attendees) => madeUpRun({ attendees }))
    const found = await calibrationOf(runs)
    expect(found.from).toHaveLength(3)
    expect(found.samples).toMatchObject({ ack: 2 * SAMPLES_MIN, page: SAMPLES_MIN, apply: 100 })
    for (const at of [0, 500, 1_000]) expect(found.ackServiceMs[at]).toBeCloseTo(SERVICE_MS, 2)
  })

  test('has the times of durable writes where the runs timed them, and says nothing of them where none did', async () => {
    const logWriteSeconds = [
      { le: 0.001, count: 0 },
      { le: 0.003, count: 100 },
    ]
    const timed = madeUpRun({ attendees: steadyLines(), facts: { logWriteSeconds } })
    const { fsyncMs } = await calibrationOf([madeUpRun({ attendees: steadyLines() }), timed])
    expect(fsyncMs?.[500]).toBeCloseTo(2)
    expect(await calibrationOf([madeUpRun({ attendees: steadyLines() })])).not.toHaveProperty('fsyncMs')
  })

  test('has how long killed PoPs took to start where a run killed some, and lends it to runs that did not', async () => {
    const run = (popStartMs?: number[]) =>
      madeUpRun({ attendees: steadyLines(), ...(popStartMs && { facts: { popStartMs } }) })
    const killed = await calibrationOf([run([1_200, 900]), run(), run([1_000])])
    expect(killed.popStartMs).toEqual([1_200, 900, 1_000])
    expect((await calibrationOf([run([])], killed)).popStartMs).toEqual(killed.popStartMs)
    expect(await calibrationOf([run([])])).not.toHaveProperty('popStartMs')
  })

  test('refuses runs of different machines', async () => {
    const other = { cpu: 'another cpu', cores: 64, memoryBytes: 1, system: 'linux', node: 'v24' }
    const runs = [
      madeUpRun({ attendees: steadyLines() }),
      madeUpRun({ attendees: steadyLines(), facts: { machine: other } }),
    ]
    await expect(calibrationOf(runs)).rejects.toMatchObject({
      code: 'MP_CALIBRATION_MIXED',
      message: expect.stringContaining('64 × another cpu'),
    })
  })

  test('refuses a run with too few samples, and says of what', async () => {
    const noPages = steadyLines().filter(({ k }) => k !== 'page')
    await expect(calibrationOf([madeUpRun({ attendees: noPages })])).rejects.toMatchObject({
      code: 'MP_CALIBRATION_SMALL',
      exitCode: 4,
      message: expect.stringContaining('0 samples of page'),
    })
  })
})
