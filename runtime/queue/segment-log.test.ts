// The log on a modelled disk: what it keeps, what it cuts, what it calls damage, and what it lets go.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { LANES, type Lane } from '../protocol/lanes.ts'
import { seededRandom } from '../testing/seeded-random.ts'
import { isDiskFull } from './disk.ts'
import { type Checkpoint, FRAME_HEADER_BYTES, type LogEntry, type LogRecord } from './record.ts'
import { LogDamaged, SegmentLog } from './segment-log.ts'
import { errno, ModelledDisk } from './testing/modelled-disk.ts'

const SEGMENT_BYTES = 1_000

/** A log with the state that its checkpoints need, as the PoP keeps it. */
async function openLog(
  disk: ModelledDisk,
  segmentBytes = SEGMENT_BYTES,
  maxBytes = 10 ** 9,
  channels: Record<string, number> = {},
) {
  const last: Partial<Record<Lane, number>> = {}
  const applied: Partial<Record<Lane, number>> = {}
  const replayed: LogRecord[] = []
  const log = await SegmentLog.open(disk, {
    segmentBytes,
    maxBytes,
    checkpoint: (): Checkpoint => ({
      version: 2,
      log: 'log-1',
      lastLaneSeq: { ...last },
      applied: { ...applied },
      channels,
      seen: [],
    }),
    replay: (entry: LogEntry) => {
      if ('message' in entry) {
        replayed.push(entry.message)
        last[entry.message.lane] = entry.message.laneSeq
      } else if (replayed.length === 0) Object.assign(last, entry.checkpoint.lastLaneSeq)
    },
  })
  const record = (lane: Lane, body: unknown): LogRecord => {
    const laneSeq = (last[lane] ?? 0) + 1
    last[lane] = laneSeq
    return {
      lane,
      laneSeq,
      ch: 'room',
      off: laneSeq,
      client: 'ann',
      seq: laneSeq,
      at: 0,
      ack: 'disk',
      body,
      bytes: 10,
    }
  }
  /** Appends one group; numbers are taken back where the disk has no room, as the PoP does. */
  const append = async (...group: [Lane, unknown][]): Promise<LogRecord[]> => {
    const before = { ...last }
    const records = group.map(([lane, body]) => record(lane, body))
    try {
      await log.append(records)
    } catch (error) {
      Object.assign(last, Object.fromEntries(LANES.map((lane) => [lane, before[lane] ?? 0])))
      throw error
    }
    return records
  }
  const release = (through: Partial<Record<Lane, number>>) => {
    Object.assign(applied, through)
    return log.release(through)
  }
  return { log, append, release, replayed, last }
}

/** Appends one record at a time until `segments` files exist. */
async function fill(disk: ModelledDisk, segments: number): Promise<LogRecord[]> {
  const { append } = await openLog(disk)
  const records: LogRecord[] = []
  while ((await disk.list()).length < segments) {
    records.push(...(await append(['interactive', `vote ${records.length}`])))
  }
  return records
}

const laneArbitrary = fc.constantFrom(...LANES)
const groupsArbitrary = fc.array(
  fc.array(fc.tuple(laneArbitrary, fc.jsonValue({ maxDepth: 2 })), { minLength: 1, maxLength: 6 }),
  { minLength: 1, maxLength: 25 },
)

describe('what was appended', () => {
  test('comes back in order after the log is opened again, whatever was in it', async () => {
    await fc.assert(
      fc.asyncProperty(groupsArbitrary, async (groups) => {
        const disk = new ModelledDisk()
        const { append } = await openLog(disk)
        const appended: LogRecord[] = []
        for (const group of groups) appended.push(...(await append(...group)))
        disk.crash(seededRandom(1))
        const { replayed } = await openLog(disk)
        expect(replayed).toEqual(JSON.parse(JSON.stringify(appended)))
      }),
    )
  })

  test('can be read by lane and sequence until it is applied, before and after a restart', async () => {
    await fc.assert(
      fc.asyncProperty(groupsArbitrary, async (groups) => {
        const disk = new ModelledDisk()
        const first = await openLog(disk)
        const appended: LogRecord[] = []
        for (const group of groups) appended.push(...(await first.append(...group)))
        const second = await openLog(disk)
        for (const { log } of [first, second]) {
          for (const lane of LANES) {
            const expected = JSON.parse(JSON.stringify(appended.filter((record) => record.lane === lane)))
            expect(await log.read(lane, 1, expected.length)).toEqual(expected)
          }
        }
      }),
      { numRuns: 50 },
    )
  })

  test('is refused to a reader that asks beyond the newest record', async () => {
    const { log, append } = await openLog(new ModelledDisk())
    await append(['critical', 1])
    await expect(log.read('critical', 2, 1)).rejects.toThrow('record 2 of lane critical is not in the log')
  })
})

describe('segments', () => {
  test('roll over once they are full, each opening with a checkpoint', async () => {
    const disk = new ModelledDisk()
    await fill(disk, 4)
    const names = await disk.list()
    expect(names).toEqual(['0000000001.log', '0000000002.log', '0000000003.log', '0000000004.log'])
    for (const name of names) {
      const content = Buffer.from(disk.content(name))
      const length = content.readUInt32LE(0)
      const first = JSON.parse(content.subarray(FRAME_HEADER_BYTES, FRAME_HEADER_BYTES + length).toString())
      expect(first.checkpoint).toMatchObject({ version: 2, log: 'log-1' })
    }
  })

  test('are full by their records alone: a checkpoint larger than a segment does not make each commit roll', async () => {
    const disk = new ModelledDisk()
    const channels = Object.fromEntries(Array.from({ length: 200 }, (_, i) => [`channel-${i}`, i]))
    const first = await openLog(disk, SEGMENT_BYTES, 10 ** 9, channels)
    expect(disk.usedBytes).toBeGreaterThan(SEGMENT_BYTES)
    await first.append(['interactive', 1])
    const second = await openLog(disk, SEGMENT_BYTES, 10 ** 9, channels)
    await second.append(['interactive', 2])
    expect(await disk.list()).toHaveLength(1)
    while ((await disk.list()).length < 2) await second.append(['interactive', 3])
    expect(second.last.interactive).toBeLessThan(20)
  })

  test('report the bytes they take, also after a restart', async () => {
    const disk = new ModelledDisk()
    await fill(disk, 3)
    const { log } = await openLog(disk)
    expect(log.usedBytes).toBe(disk.usedBytes)
  })

  test('are numbered on after a restart, and never written over', async () => {
    const disk = new ModelledDisk()
    await fill(disk, 2)
    const { append } = await openLog(disk)
    while ((await disk.list()).length < 4) await append(['bulk', 'x'.repeat(200)])
    expect((await disk.list()).at(-1)).toBe('0000000004.log')
  })
})

describe('a torn tail', () => {
  test('is cut off wherever it was torn, and the log goes on after it', async () => {
    const disk = new ModelledDisk()
    const { append } = await openLog(disk, 100_000)
    await append(['interactive', 'kept'])
    const keptBytes = disk.usedBytes
    await append(['interactive', 'torn'])
    const whole = disk.content('0000000001.log')
    for (let size = keptBytes; size < whole.length; size++) {
      const torn = new ModelledDisk()
      const file = await torn.create('0000000001.log')
      await file.append(whole.slice(0, size))
      await file.sync()
      const second = await openLog(torn, 100_000)
      expect(second.replayed.map(({ body }) => body)).toEqual(['kept'])
      expect(torn.usedBytes).toBe(keptBytes)
      await second.append(['interactive', 'after'])
      const third = await openLog(torn, 100_000)
      expect(third.replayed.map(({ body }) => body)).toEqual(['kept', 'after'])
    }
  })

  test('that is a whole segment without its checkpoint gives way to a new one', async () => {
    const disk = new ModelledDisk()
    const records = await fill(disk, 2)
    const file = await disk.create('0000000003.log')
    await file.append(new Uint8Array([7, 0, 0]))
    await file.sync()
    const { replayed, append } = await openLog(disk)
    expect(replayed).toHaveLength(records.length)
    expect(await disk.list()).toEqual(['0000000001.log', '0000000002.log'])
    while ((await disk.list()).length < 3) await append(['bulk', 'y'.repeat(200)])
    expect((await disk.list()).at(-1)).toBe('0000000003.log')
  })
})

describe('a torn commit of several records', () => {
  test('is cut off from its first broken record on, though later ones of it arrived whole', async () => {
    const disk = new ModelledDisk()
    const { append } = await openLog(disk, 100_000)
    await append(['interactive', 'kept'])
    const at = disk.usedBytes
    await append(['interactive', 'broken'], ['bulk', 'whole'], ['bulk', 'whole too'])
    disk.damage('0000000001.log', at + FRAME_HEADER_BYTES + 5)
    const { replayed } = await openLog(disk, 100_000)
    expect(replayed.map(({ body }) => body)).toEqual(['kept'])
    expect(disk.usedBytes).toBe(at)
  })
})

test('what a dead process wrote but did not sync is synced before it counts', async () => {
  const written = new ModelledDisk()
  await (await openLog(written)).append(['interactive', 'vote'])
  const disk = new ModelledDisk()
  await (await disk.create('0000000001.log')).append(written.content('0000000001.log'))
  expect((await openLog(disk)).replayed).toHaveLength(1)
  disk.crash(() => 0)
  expect((await openLog(disk)).replayed).toHaveLength(1)
})

describe('damage that no power cut explains', () => {
  test('is never silent in the newest segment either: any byte flipped before its last commit is said', async () => {
    const disk = new ModelledDisk()
    const { append } = await openLog(disk, 100_000)
    await append(['interactive', 'acknowledged'], ['bulk', 'acknowledged too'])
    await append(['interactive', 'and this'])
    const lastCommitAt = disk.usedBytes
    await append(['interactive', 'the last'])
    const whole = disk.usedBytes
    for (let at = 0; at < lastCommitAt; at++) {
      disk.damage('0000000001.log', at)
      await expect(openLog(disk, 100_000), `byte ${at}`).rejects.toThrow(LogDamaged)
      expect(disk.usedBytes).toBe(whole)
      disk.damage('0000000001.log', at)
    }
    expect((await openLog(disk, 100_000)).replayed).toHaveLength(4)
  })

  test('in an older segment stops the start and names file and byte', async () => {
    const disk = new ModelledDisk()
    await fill(disk, 3)
    const first = Buffer.from(disk.content('0000000001.log'))
    const secondFrame = FRAME_HEADER_BYTES + first.readUInt32LE(0)
    disk.damage('0000000001.log', secondFrame + FRAME_HEADER_BYTES + 3)
    const opening = openLog(disk)
    await expect(opening).rejects.toThrow(LogDamaged)
    await expect(opening).rejects.toMatchObject({
      code: 'MP_LOG_DAMAGED',
      exitCode: 3,
      message: `queue segment 0000000001.log is damaged at byte ${secondFrame}`,
    })
    expect(disk.content('0000000001.log')).toHaveLength(first.length)
  })

  test('is never silent: any byte flipped in an older segment is said', async () => {
    const disk = new ModelledDisk()
    await fill(disk, 2)
    const size = disk.content('0000000001.log').length
    for (let at = 0; at < size; at += 7) {
      disk.damage('0000000001.log', at)
      await expect(openLog(disk), `byte ${at}`).rejects.toThrow(LogDamaged)
      disk.damage('0000000001.log', at)
    }
    await openLog(disk)
  })

  test('is said for a segment that is missing between others', async () => {
    const disk = new ModelledDisk()
    await fill(disk, 4)
    await disk.remove('0000000002.log')
    await expect(openLog(disk)).rejects.toMatchObject({
      code: 'MP_LOG_DAMAGED',
      message: 'queue segment 0000000002.log is missing',
    })
  })

  test('is said when a record is read back', async () => {
    const disk = new ModelledDisk()
    const { log, append } = await openLog(disk)
    await append(['interactive', 'vote'])
    disk.damage('0000000001.log', disk.usedBytes - 2)
    await expect(log.read('interactive', 1, 1)).rejects.toThrow(LogDamaged)
  })
})

describe('a full disk', () => {
  test('leaves the log as it was, usable once there is room', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 150, max: 6_000 }), fc.integer(), async (capacityBytes, seed) => {
        const disk = new ModelledDisk({ capacityBytes })
        const { log, append } = await openLog(disk)
        const kept: LogRecord[] = []
        let refused = 0
        for (let i = 0; i < 60; i++) {
          try {
            kept.push(...(await append(['interactive', `a${i}`], ['bulk', `b${i}`])))
          } catch (error) {
            expect(isDiskFull(error)).toBe(true)
            refused++
          }
          expect(disk.usedBytes).toBe(log.usedBytes)
        }
        expect(refused).toBeGreaterThan(0)
        disk.capacityBytes = Number.POSITIVE_INFINITY
        kept.push(...(await append(['interactive', 'after'], ['bulk', 'after'])))
        disk.crash(seededRandom(seed))
        const { replayed } = await openLog(disk)
        expect(replayed).toEqual(kept)
      }),
    )
  })

  test('at a roll over leaves no half-made segment', async () => {
    const disk = new ModelledDisk()
    await fill(disk, 1)
    const { log, append } = await openLog(disk)
    const checkpointBytes = log.usedBytes
    while (log.usedBytes - checkpointBytes < SEGMENT_BYTES) await append(['interactive', 'vote'])
    disk.capacityBytes = disk.usedBytes + 20
    await expect(append(['interactive', 'too much'])).rejects.toMatchObject({ code: 'ENOSPC' })
    expect(await disk.list()).toEqual(['0000000001.log'])
    disk.capacityBytes = Number.POSITIVE_INFINITY
    await append(['interactive', 'fits'])
    expect(await disk.list()).toEqual(['0000000001.log', '0000000002.log'])
  })
})

test('a failed sync is passed on, and what it covered is not read back as written', async () => {
  const disk = new ModelledDisk()
  const { log, append } = await openLog(disk)
  await append(['interactive', 'kept'])
  disk.failNextSync = errno('EIO', 'the medium failed')
  await expect(append(['interactive', 'lost'])).rejects.toMatchObject({ code: 'EIO' })
  expect((await log.read('interactive', 1, 1))[0]?.body).toBe('kept')
  await expect(log.read('interactive', 2, 1)).rejects.toThrow('not in the log')
})

describe('release', () => {
  test('keeps every segment that holds a record central does not have', async () => {
    const disk = new ModelledDisk()
    const { append, release } = await openLog(disk)
    await append(['bulk', 'the one that waits'])
    const records: LogRecord[] = []
    while ((await disk.list()).length < 8) records.push(...(await append(['interactive', 'vote'])))
    await release({ interactive: records.length })
    expect(await disk.list()).toHaveLength(8)
    await release({ interactive: records.length, bulk: 1 })
    expect((await disk.list()).length).toBeLessThan(8)
  })

  test('keeps the newest applied segments, so that clients resume across a restart', async () => {
    const disk = new ModelledDisk()
    const { log, append, release, last } = await openLog(disk)
    while ((await disk.list()).length < 8) await append(['interactive', 'vote'])
    await release({ interactive: last.interactive as number })
    expect(await disk.list()).toEqual(['0000000006.log', '0000000007.log', '0000000008.log'])
    expect(log.usedBytes).toBe(disk.usedBytes)
    const { replayed } = await openLog(disk)
    expect(replayed.at(-1)?.laneSeq).toBe(last.interactive)
    expect(replayed.length).toBeGreaterThan(2)
  })

  test('keeps fewer of them where they would fill the queue', async () => {
    const disk = new ModelledDisk()
    const { log, append, release, last } = await openLog(disk, 1_000_000, 8_000)
    while (log.usedBytes < 8_000) await append(['interactive', 'vote'])
    expect((await disk.list()).length).toBeGreaterThan(4)
    await release({ interactive: last.interactive as number })
    expect(log.usedBytes).toBeLessThanOrEqual(4_000)
    expect(log.usedBytes).toBe(disk.usedBytes)
  })

  test('never loses an unapplied record, whatever is released when', async () => {
    const step = fc.oneof(
      { weight: 4, arbitrary: fc.record({ lane: laneArbitrary, size: fc.integer({ min: 1, max: 300 }) }) },
      {
        weight: 1,
        arbitrary: fc.record({ applied: laneArbitrary, share: fc.double({ min: 0, max: 1, noNaN: true }) }),
      },
      { weight: 1, arbitrary: fc.constant('restart' as const) },
    )
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 80 }), async (steps) => {
        const disk = new ModelledDisk()
        let { log, append, release } = await openLog(disk, 500)
        const written: Partial<Record<Lane, LogRecord[]>> = {}
        const applied: Partial<Record<Lane, number>> = {}
        for (const next of steps) {
          if (next === 'restart') {
            await log.close()
            ;({ log, append, release } = await openLog(disk, 500))
          } else if ('lane' in next) {
            const records = await append([next.lane, 'x'.repeat(next.size)])
            written[next.lane] = [...(written[next.lane] ?? []), ...records]
          } else {
            const count = written[next.applied]?.length ?? 0
            const from = applied[next.applied] ?? 0
            applied[next.applied] = from + Math.floor((count - from) * next.share)
            await release(applied)
          }
        }
        for (const lane of LANES) {
          const from = applied[lane] ?? 0
          const unapplied = (written[lane] ?? []).slice(from)
          expect(await log.read(lane, from + 1, unapplied.length)).toEqual(unapplied)
        }
      }),
      { numRuns: 60 },
    )
  })
})
