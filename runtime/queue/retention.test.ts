// What leaves the log and when: what central has, by age and by bytes, and what is shed before anything is refused.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { LANES, type Lane } from '../protocol/lanes.ts'
import { LogCipher } from './log-cipher.ts'
import type { LogRecord } from './record.ts'
import { ModelledDisk } from './testing/modelled-disk.ts'
import { fill, openLog, segments } from './testing/open-log.ts'

const laneArbitrary = fc.constantFrom(...LANES)
const memory = { ack: 'memory' as const, bytes: 250 }

describe('release', () => {
  test('keeps every segment that holds a record central does not have', async () => {
    const disk = new ModelledDisk()
    const { append, release } = await openLog(disk, { maxAgeS: 1 })
    await append(['bulk', 'the one that waits'])
    const records: LogRecord[] = []
    while ((await segments(disk)).length < 8) records.push(...(await append(['interactive', 'vote'])))
    await release({ interactive: records.length }, 10_000)
    expect(await segments(disk)).toHaveLength(8)
    await release({ interactive: records.length, bulk: 1 }, 10_000)
    expect(await segments(disk)).toHaveLength(1)
  })

  test('keeps what central has until it is old, so that clients resume and central can be refilled', async () => {
    const disk = new ModelledDisk()
    const { log, append, release, last } = await openLog(disk, { maxAgeS: 60 })
    for (let t = 0; (await segments(disk)).length < 8; t += 1_000)
      await append(['interactive', 'vote', { t }])
    const through = { interactive: last.interactive as number }
    await release(through, 60_000)
    expect(log.firstKept.interactive).toBe(1)
    expect(await log.read('interactive', 1, through.interactive)).toHaveLength(through.interactive)
    await release(through, 100_000)
    expect((await segments(disk)).length).toBeLessThan(8)
    const oldest = (await log.read('interactive', log.firstKept.interactive, 1))[0] as LogRecord
    expect(oldest.t).toBeLessThanOrEqual(41_000)
    const { replayed } = await openLog(disk)
    expect(replayed[0]?.laneSeq).toBe(log.firstKept.interactive)
    expect(replayed.at(-1)?.laneSeq).toBe(last.interactive)
  })

  test('keeps no more of it than half of the queue', async () => {
    const disk = new ModelledDisk()
    const { log, append, release, last } = await openLog(disk, { segmentBytes: 1_000_000, maxBytes: 8_000 })
    while (log.usedBytes < 8_000) await append(['interactive', 'vote'])
    await release({ interactive: last.interactive as number })
    expect(log.usedBytes).toBeLessThanOrEqual(4_000)
    expect(log.usedBytes).toBeGreaterThan(2_500)
  })

  test('keeps no more of it than half of what a disk had room for that was found full', async () => {
    const disk = new ModelledDisk()
    await fill(disk, 8)
    disk.capacityBytes = disk.usedBytes
    const { log, release, last } = await openLog(disk)
    const fullBytes = log.usedBytes
    await release({ interactive: last.interactive as number })
    expect(log.usedBytes).toBeLessThanOrEqual(fullBytes / 2)
    expect(log.usedBytes).toBeGreaterThan(fullBytes / 4)
  })

  test('never loses an unapplied record, whatever is released or shed when, and wherever clocks step', async () => {
    const step = fc.oneof(
      {
        weight: 6,
        arbitrary: fc.record({
          lane: laneArbitrary,
          size: fc.integer({ min: 1, max: 300 }),
          ack: fc.constantFrom('disk' as const, 'memory' as const),
        }),
      },
      {
        weight: 1,
        arbitrary: fc.record({ applied: laneArbitrary, share: fc.double({ min: 0, max: 1, noNaN: true }) }),
      },
      { weight: 1, arbitrary: fc.record({ shedTo: fc.nat(4_000), before: fc.integer() }) },
      { weight: 1, arbitrary: fc.record({ clock: fc.integer() }) },
      { weight: 1, arbitrary: fc.constant('restart' as const) },
    )
    let shedCount = 0
    await fc.assert(
      fc.asyncProperty(
        fc.array(step, { minLength: 20, maxLength: 80, size: 'max' }),
        fc.constantFrom(null, new LogCipher(Buffer.alloc(32, 3))),
        async (steps, cipher) => {
          const disk = new ModelledDisk()
          const options = { segmentBytes: 600, maxAgeS: 60, cipher }
          let opened = await openLog(disk, options)
          const written: Partial<Record<Lane, (LogRecord | null)[]>> = {}
          const applied: Partial<Record<Lane, number>> = {}
          let tMs = 1_000_000
          for (const next of steps) {
            if (next === 'restart') {
              await opened.log.close()
              opened = await openLog(disk, options)
            } else if ('lane' in next) {
              const of = { ack: next.ack, t: tMs++ }
              const records = await opened.append([next.lane, 'x'.repeat(next.size), of])
              written[next.lane] = [...(written[next.lane] ?? []), ...records]
            } else if ('clock' in next) {
              tMs = next.clock
            } else if ('shedTo' in next) {
              const used = opened.log.usedBytes
              const shed = await opened.log.shed({ before: next.before, bytes: next.shedTo })
              for (const { lane, laneSeq } of shed) (written[lane] as unknown[])[laneSeq - 1] = null
              expect(opened.log.usedBytes).toBeLessThanOrEqual(used)
              shedCount += shed.length
            } else {
              const count = written[next.applied]?.length ?? 0
              const from = applied[next.applied] ?? 0
              applied[next.applied] = from + Math.floor((count - from) * next.share)
              await opened.release(applied, tMs)
            }
          }
          for (const lane of LANES) {
            const from = applied[lane] ?? 0
            const unapplied = (written[lane] ?? []).slice(from)
            expect(await opened.log.read(lane, from + 1, unapplied.length)).toEqual(unapplied)
          }
        },
      ),
      { numRuns: 150 },
    )
    expect(shedCount).toBeGreaterThan(50)
  })
})

describe('shedding', () => {
  test('takes memory-acknowledged bulk and state, oldest first, until enough is gone, and nothing else', async () => {
    const disk = new ModelledDisk()
    const { log, append } = await openLog(disk)
    const body = 'x'.repeat(200)
    for (let i = 0; i < 20; i++) {
      await append(
        ['bulk', body, memory],
        ['state', body, memory],
        ['interactive', body, memory],
        ['bulk', body, { ack: 'disk' }],
      )
    }
    const target = Math.floor(log.usedBytes * 0.8)
    const shed = await log.shed({ before: 0, bytes: target })
    expect(log.usedBytes).toBeLessThanOrEqual(target)
    expect(log.usedBytes).toBeGreaterThan(target - 1_000)
    expect(new Set(shed.map(({ lane }) => lane))).toEqual(new Set(['bulk', 'state']))
    const bulk = await log.read('bulk', 1, 40)
    const gone = bulk.flatMap((record, i) => (record === null ? [i] : []))
    expect(gone).toEqual(gone.map((_, i) => 2 * i))
    expect(gone).toHaveLength(shed.filter(({ lane }) => lane === 'bulk').length)
    expect(await log.read('interactive', 1, 20)).not.toContain(null)
  })

  test('takes what central has before anything else', async () => {
    const disk = new ModelledDisk()
    const { log, append, release } = await openLog(disk)
    for (let i = 0; i < 20; i++) await append(['bulk', 'x'.repeat(200), memory])
    await release({ bulk: 12 })
    const target = log.usedBytes - 1_500
    expect(await log.shed({ before: 0, bytes: target })).toEqual([])
    expect(log.usedBytes).toBeLessThanOrEqual(target)
    expect(log.firstKept.bulk).toBeGreaterThan(4)
    expect(log.firstKept.bulk).toBeLessThanOrEqual(13)
  })

  test('takes all that is older than its time, whatever room there is', async () => {
    const disk = new ModelledDisk()
    const { log, append } = await openLog(disk)
    for (let i = 0; i < 20; i++) await append(['state', 'x'.repeat(200), { ...memory, t: i * 1_000 }])
    const shed = await log.shed({ before: 10_000, bytes: 10 ** 9 })
    expect(shed.length).toBeGreaterThan(5)
    expect(shed.every(({ laneSeq }) => laneSeq <= 10)).toBe(true)
  })

  test('of the open segment waits for the next commit, which starts another', async () => {
    const disk = new ModelledDisk()
    const { log, append } = await openLog(disk, { segmentBytes: 100_000 })
    for (let i = 0; i < 20; i++) await append(['bulk', 'x'.repeat(200), memory])
    expect(await log.shed({ before: 0, bytes: 0 })).toEqual([])
    await append(['interactive', 'vote'])
    expect(await segments(disk)).toHaveLength(2)
    expect(await log.shed({ before: 0, bytes: 0 })).toHaveLength(20)
    expect(log.usedBytes).toBeLessThan(2_000)
  })

  test('leaves numbers, offsets and identities in the log, also over a restart', async () => {
    const disk = new ModelledDisk()
    const { log, append } = await openLog(disk)
    for (let i = 0; i < 12; i++) await append(['bulk', 'x'.repeat(200), { ...memory, part: 3 }])
    const shed = await log.shed({ before: 0, bytes: 0 })
    const again = await openLog(disk)
    expect(again.replayedShed).toEqual(shed)
    expect(again.replayedShed[0]).toEqual({
      ...{ lane: 'bulk', laneSeq: 1, ch: 'room', part: 3, off: 1, client: 'ann', seq: 1 },
    })
    expect(again.last.bulk).toBe(12)
    expect(await again.log.shed({ before: 0, bytes: 0 })).toEqual([])
  })

  test('beside a read hands out each record as it was or as shed', async () => {
    const disk = new ModelledDisk()
    const { log, append } = await openLog(disk)
    for (let i = 0; i < 30; i++) await append(['bulk', 'x'.repeat(200), memory], ['critical', i])
    const reads = [
      log.shed({ before: 0, bytes: 0 }),
      ...Array.from({ length: 30 }, () => log.read('critical', 1, 30)),
    ]
    for (const read of (await Promise.all(reads)).slice(1)) {
      expect(read.map((record) => (record as LogRecord).body)).toEqual([...Array(30).keys()])
    }
  })

  test('gives up without harm where the disk has no room for the smaller copy', async () => {
    const disk = new ModelledDisk()
    const { log, append } = await openLog(disk)
    for (let i = 0; i < 12; i++) await append(['bulk', 'x'.repeat(200), memory])
    disk.capacityBytes = disk.usedBytes
    expect(await log.shed({ before: 0, bytes: 0 })).toEqual([])
    expect((await disk.list()).filter((name) => name.endsWith('.compact'))).toEqual([])
    expect(await log.read('bulk', 1, 12)).not.toContain(null)
  })
})
