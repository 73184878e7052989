// The log on a modelled disk: what it keeps, how it takes room, what it gives back, and a disk without room.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { LANES } from '../protocol/lanes.ts'
import { seededRandom } from '../testing/seeded-random.ts'
import { isDiskFull } from './disk.ts'
import { FRAME_HEADER_BYTES } from './frame.ts'
import { LogCipher } from './log-cipher.ts'
import type { LogRecord } from './record.ts'
import { errno, ModelledDisk } from './testing/modelled-disk.ts'
import { fill, openLog, SEGMENT_BYTES, segments } from './testing/open-log.ts'

const laneArbitrary = fc.constantFrom(...LANES)
const groupsArbitrary = fc.array(
  fc.array(fc.tuple(laneArbitrary, fc.jsonValue({ maxDepth: 2 })), { minLength: 1, maxLength: 6 }),
  { minLength: 1, maxLength: 25 },
)
const cipher = new LogCipher(Buffer.alloc(32, 7))

describe('what was appended', () => {
  test('comes back in order after the log is opened again, whatever was in it', async () => {
    await fc.assert(
      fc.asyncProperty(groupsArbitrary, fc.constantFrom(null, cipher), async (groups, key) => {
        const disk = new ModelledDisk()
        const { append } = await openLog(disk, { cipher: key })
        const appended: LogRecord[] = []
        for (const group of groups) appended.push(...(await append(...group)))
        disk.crash(seededRandom(1))
        const { replayed } = await openLog(disk, { cipher: key })
        expect(replayed).toEqual(JSON.parse(JSON.stringify(appended)))
      }),
    )
  })

  test('can be read by lane and sequence, before and after a restart', async () => {
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
            const half = Math.floor(expected.length / 2)
            expect(await log.read(lane, 1 + half, expected.length - half)).toEqual(expected.slice(half))
            expect(log.firstKept[lane]).toBe(1)
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

  test('is read in one go where it lies side by side', async () => {
    const disk = new ModelledDisk()
    const { log, append } = await openLog(disk, { segmentBytes: 100_000 })
    for (let i = 0; i < 50; i++) await append(['interactive', i])
    disk.reads = 0
    expect((await log.read('interactive', 1, 50)).map((record) => record?.body)).toEqual([
      ...Array(50).keys(),
    ])
    expect(disk.reads).toBe(1)
  })
})

describe('segments', () => {
  test('roll over once they are full, each opening with a checkpoint', async () => {
    const disk = new ModelledDisk()
    await fill(disk, 4)
    const names = await segments(disk)
    expect(names).toEqual(['0000000001.log', '0000000002.log', '0000000003.log', '0000000004.log'])
    for (const name of names) {
      const content = Buffer.from(disk.content(name))
      const length = content.readUInt32LE(0)
      const first = JSON.parse(content.subarray(FRAME_HEADER_BYTES, FRAME_HEADER_BYTES + length).toString())
      expect(first.checkpoint).toMatchObject({ version: 3, log: 'log-1' })
    }
  })

  test('are full by their records alone: a checkpoint larger than a segment does not make each commit roll', async () => {
    const disk = new ModelledDisk()
    const channels = Object.fromEntries(Array.from({ length: 200 }, (_, i) => [`channel-${i}`, i]))
    const first = await openLog(disk, { channels })
    expect(disk.usedBytes).toBeGreaterThan(SEGMENT_BYTES)
    await first.append(['interactive', 1])
    const second = await openLog(disk, { channels })
    await second.append(['interactive', 2])
    expect(await segments(disk)).toHaveLength(1)
    while ((await segments(disk)).length < 2) await second.append(['interactive', 3])
    expect(second.last.interactive).toBeLessThan(30)
  })

  test('are numbered on after a restart, and never written over', async () => {
    const disk = new ModelledDisk()
    await fill(disk, 2)
    const { append } = await openLog(disk)
    while ((await segments(disk)).length < 4) await append(['bulk', 'x'.repeat(200)])
    expect((await segments(disk)).at(-1)).toBe('0000000004.log')
  })

  test('are written over room that was taken before, and end where their records do once they are full', async () => {
    const disk = new ModelledDisk()
    const { append, log } = await openLog(disk)
    const grown = []
    for (let i = 0; i < 60; i++) {
      const before = Buffer.from(disk.content((await segments(disk)).at(-1) as string))
      const rolled = (await segments(disk)).length
      await append(['interactive', `vote ${i}`])
      const after = Buffer.from(disk.content((await segments(disk)).at(-1) as string))
      if (rolled === (await segments(disk)).length && after.length !== before.length) grown.push(i)
    }
    expect(grown).toEqual([])
    expect((await segments(disk)).length).toBeGreaterThan(3)
    const complete = (await segments(disk)).slice(0, -1)
    for (const name of complete) expect(disk.content(name).at(-1)).not.toBe(0)
    await log.close()
    expect(await disk.list()).toEqual(await segments(disk))
  })

  test('count in bytes of log, the same after a restart', async () => {
    const disk = new ModelledDisk()
    const { append, log } = await openLog(disk)
    for (let i = 0; i < 40; i++) await append(['interactive', i])
    expect((await openLog(disk)).log.usedBytes).toBe(log.usedBytes)
    expect(log.usedBytes).toBeLessThan(disk.usedBytes)
  })

  test('leave nothing of what a dead process had half made', async () => {
    const disk = new ModelledDisk()
    await fill(disk, 2)
    for (const name of ['spare', '0000000001.log.compact'])
      await (await disk.create(name)).write(new Uint8Array(9), 0)
    await openLog(disk)
    expect(await disk.list()).toEqual(['0000000001.log', '0000000002.log'])
  })
})

describe('a full disk', () => {
  test('leaves the log as it was, usable once there is room', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 250, max: 6_000 }), fc.integer(), async (capacityBytes, seed) => {
        const disk = new ModelledDisk({ capacityBytes })
        const { log, append } = await openLog(disk)
        const kept: LogRecord[] = []
        let refused = 0
        for (let i = 0; i < 80; i++) {
          try {
            kept.push(...(await append(['interactive', `a${i}`], ['bulk', `b${i}`])))
          } catch (error) {
            expect(isDiskFull(error)).toBe(true)
            expect(log.usedBytes).toBeLessThanOrEqual(disk.usedBytes)
            refused++
          }
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
    const { log, append } = await openLog(disk)
    disk.capacityBytes = disk.usedBytes + 20
    const checkpointBytes = log.usedBytes
    await expect(async () => {
      for (;;) await append(['interactive', 'vote'])
    }).rejects.toMatchObject({ code: 'ENOSPC' })
    expect(log.usedBytes - checkpointBytes).toBeGreaterThan(SEGMENT_BYTES * 0.8)
    expect(await disk.list()).toEqual(['0000000001.log'])
    disk.capacityBytes = Number.POSITIVE_INFINITY
    await append(['interactive', 'fits'])
    expect(await segments(disk)).toEqual(['0000000001.log', '0000000002.log'])
  })
})

describe('a disk that fails', () => {
  test('is passed on, and what it did not take is not read back as written', async () => {
    const disk = new ModelledDisk()
    const { log, append } = await openLog(disk)
    await append(['interactive', 'kept'])
    disk.failNextWrite = errno('EIO', 'the medium failed')
    await expect(append(['interactive', 'lost'])).rejects.toMatchObject({ code: 'EIO' })
    expect((await log.read('interactive', 1, 1))[0]?.body).toBe('kept')
    await expect(log.read('interactive', 2, 1)).rejects.toThrow('not in the log')
  })

  test('read-only from one moment on, it says so and keeps what it has', async () => {
    const disk = new ModelledDisk()
    const { log, append } = await openLog(disk)
    await append(['interactive', 'kept'])
    disk.readOnly = true
    await expect(append(['interactive', 'refused'])).rejects.toMatchObject({ code: 'EROFS' })
    expect((await log.read('interactive', 1, 1))[0]?.body).toBe('kept')
    disk.readOnly = false
    expect((await openLog(disk)).replayed.map(({ body }) => body)).toEqual(['kept'])
  })

  test('while room is taken ahead, it says so to the commit that needs the room', async () => {
    const disk = new ModelledDisk()
    const { append } = await openLog(disk)
    while (!(await disk.list()).includes('spare')) {
      disk.failNextWrite = null
      await append(['interactive', 1])
      disk.failNextWrite = errno('EIO', 'the medium failed')
    }
    const appendAll = async () => {
      while ((await segments(disk)).length === 1) await append(['interactive', 1])
    }
    await expect(appendAll()).rejects.toMatchObject({ code: 'EIO' })
  })
})
