// The end of a log and what is broken in it: a torn commit is cut off, damage is said, and neither is the other.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { seededRandom } from '../testing/seeded-random.ts'
import { FRAME_HEADER_BYTES } from './frame.ts'
import { LogCipher } from './log-cipher.ts'
import { LogDamaged } from './segment-file.ts'
import { ModelledDisk, PowerCut } from './testing/modelled-disk.ts'
import { fill, openLog } from './testing/open-log.ts'

const FIRST = '0000000001.log'
const large = { segmentBytes: 20_000 }
const cipher = new LogCipher(Buffer.alloc(32, 7))

async function diskWith(content: Uint8Array): Promise<ModelledDisk> {
  const disk = new ModelledDisk()
  await (await disk.create(FIRST)).write(content, 0)
  return disk
}

describe('a torn tail', () => {
  test.each([
    ['at the end of a file', (whole: Uint8Array, size: number) => whole.slice(0, size)],
    [
      'over room that was taken',
      (whole: Uint8Array, size: number) =>
        new Uint8Array(5_000).fill(0).map((_, i) => (i < size ? (whole[i] ?? 0) : 0)),
    ],
  ])('%s is cut off wherever it was torn, and the log goes on after it', async (_, torn) => {
    const disk = new ModelledDisk()
    const { append, log } = await openLog(disk, large)
    await append(['interactive', 'kept'])
    const keptBytes = log.usedBytes
    await append(['interactive', 'torn'])
    const whole = disk.content(FIRST)
    for (let size = keptBytes; size < log.usedBytes; size++) {
      const after = await diskWith(torn(whole, size))
      const second = await openLog(after, large)
      expect(second.replayed.map(({ body }) => body)).toEqual(['kept'])
      expect(second.log.usedBytes).toBe(keptBytes)
      await second.append(['interactive', 'after'])
      const third = await openLog(after, large)
      expect(third.replayed.map(({ body }) => body)).toEqual(['kept', 'after'])
    }
  })

  test('of a commit over several sectors is cut off, whichever of them arrived', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer(), fc.constantFrom(null, cipher), async (seed, key) => {
        const disk = new ModelledDisk()
        const first = await openLog(disk, { ...large, cipher: key })
        await first.append(['interactive', 'kept'])
        disk.powerCutAt = disk.operations + 1
        const torn = first.append(['interactive', 'x'.repeat(1_500)], ['bulk', 'y'.repeat(1_500)])
        await expect(torn).rejects.toThrow(PowerCut)
        disk.crash(seededRandom(seed))
        const second = await openLog(disk, { ...large, cipher: key })
        expect([1, 3]).toContain(second.replayed.length)
        await second.append(['state', 'after'])
        const { replayed } = await openLog(disk, { ...large, cipher: key })
        expect(replayed.map(({ body }) => body)).toEqual([
          ...second.replayed.map(({ body }) => body),
          'after',
        ])
      }),
      { numRuns: 300 },
    )
  })

  test('is cut off from its first broken block on, though later ones of the commit arrived whole', async () => {
    const disk = new ModelledDisk()
    const { append, log } = await openLog(disk, { segmentBytes: 100_000 })
    await append(['interactive', 'kept'])
    const at = log.usedBytes
    const block = 'x'.repeat(17_000)
    await append(['interactive', block], ['bulk', block], ['bulk', block])
    disk.damage(FIRST, at + FRAME_HEADER_BYTES + 5)
    const second = await openLog(disk, { segmentBytes: 100_000 })
    expect(second.replayed.map(({ body }) => body)).toEqual(['kept'])
    expect(second.log.usedBytes).toBe(at)
  })
})

test('what a dead process wrote but did not sync is synced before it counts', async () => {
  const written = new ModelledDisk()
  await (await openLog(written)).append(['interactive', 'vote'])
  const disk = new ModelledDisk()
  disk.lies = true
  await (await disk.create(FIRST)).write(written.content(FIRST), 0)
  disk.lies = false
  expect((await openLog(disk)).replayed).toHaveLength(1)
  disk.crash(() => 0)
  expect((await openLog(disk)).replayed).toHaveLength(1)
})

describe('damage that no power cut explains', () => {
  test.each([
    ['in the clear', null],
    ['sealed', cipher],
  ])(
    'is never silent in the newest segment either, %s: any byte flipped before its last commit is said',
    async (_, key) => {
      const disk = new ModelledDisk()
      const options = { segmentBytes: 3_000, cipher: key }
      const { append, log } = await openLog(disk, options)
      await append(['interactive', 'acknowledged'], ['bulk', 'acknowledged too'])
      await append(['interactive', 'and this'])
      const lastCommitAt = log.usedBytes
      await append(['interactive', 'the last'])
      for (let at = 0; at < lastCommitAt; at++) {
        disk.damage(FIRST, at)
        await expect(openLog(disk, options), `byte ${at}`).rejects.toThrow(LogDamaged)
        disk.damage(FIRST, at)
      }
      expect((await openLog(disk, options)).replayed).toHaveLength(4)
    },
  )

  test('in an older segment stops the start and names file and byte', async () => {
    const disk = new ModelledDisk()
    await fill(disk, 3)
    const first = Buffer.from(disk.content(FIRST))
    const secondFrame = FRAME_HEADER_BYTES + first.readUInt32LE(0)
    disk.damage(FIRST, secondFrame + FRAME_HEADER_BYTES + 3)
    const opening = openLog(disk)
    await expect(opening).rejects.toThrow(LogDamaged)
    await expect(opening).rejects.toMatchObject({
      code: 'MP_LOG_DAMAGED',
      exitCode: 3,
      message: `queue segment ${FIRST} is damaged at byte ${secondFrame}`,
    })
    expect(disk.content(FIRST)).toHaveLength(first.length)
  })

  test('is never silent: any byte flipped in an older segment is said', async () => {
    const disk = new ModelledDisk()
    await fill(disk, 2)
    const size = disk.content(FIRST).length
    for (let at = 0; at < size; at += 7) {
      disk.damage(FIRST, at)
      await expect(openLog(disk), `byte ${at}`).rejects.toThrow(LogDamaged)
      disk.damage(FIRST, at)
    }
    await openLog(disk)
  })

  test('is said for commits of an older segment that read as zeros', async () => {
    const disk = new ModelledDisk()
    await fill(disk, 2)
    const content = disk.content(FIRST).slice()
    const lastFrame = Buffer.from(content).lastIndexOf('[0,[')
    const file = await disk.open(FIRST)
    await file.write(
      new Uint8Array(content.length - lastFrame + FRAME_HEADER_BYTES),
      lastFrame - FRAME_HEADER_BYTES,
    )
    await expect(openLog(disk)).rejects.toThrow(`damaged at byte ${lastFrame - FRAME_HEADER_BYTES}`)
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

  test('is said for a segment that does not open with its checkpoint, which is there before its name is', async () => {
    for (const content of [new Uint8Array(), new Uint8Array([7, 0, 0]), new Uint8Array(900)]) {
      await expect(openLog(await diskWith(content))).rejects.toThrow(`${FIRST} is damaged at byte 0`)
    }
  })

  test('is said once when records are read back, and those beside them still are', async () => {
    const disk = new ModelledDisk()
    const { log, append, damage } = await openLog(disk, large)
    await append(['interactive', 'before'])
    const at = log.usedBytes
    await append(['interactive', 'damaged'])
    await append(['interactive', 'after'])
    disk.damage(FIRST, at + FRAME_HEADER_BYTES + 2)
    for (let turn = 0; turn < 2; turn++) {
      const read = await log.read('interactive', 1, 3)
      expect(read.map((record) => record?.body ?? null)).toEqual(['before', null, 'after'])
    }
    expect(damage).toMatchObject([{ code: 'MP_LOG_DAMAGED', file: FIRST, offset: at }])
  })

  test('that the medium itself reports costs the block alone', async () => {
    const disk = new ModelledDisk()
    const { log, append, damage } = await openLog(disk, large)
    await append(['interactive', 'before'])
    const at = log.usedBytes
    await append(['interactive', 'unreadable'])
    await append(['interactive', 'after'])
    disk.unreadable = { name: FIRST, at }
    expect((await log.read('interactive', 1, 3)).map((record) => record?.body ?? null)).toEqual([
      'before',
      null,
      'after',
    ])
    expect(damage).toMatchObject([{ file: FIRST, offset: at }])
  })
})

describe('a key', () => {
  const other = new LogCipher(Buffer.alloc(32, 8))
  test.each([
    ['that is another one', cipher, other, 'does not open with this key'],
    ['that is missing', cipher, null, 'is encrypted and no key is given'],
    ['for a log in the clear', null, cipher, 'is not encrypted though a key is given'],
  ])('%s is said, and nothing is changed', async (_, written, read, why) => {
    const disk = new ModelledDisk()
    await (await openLog(disk, { cipher: written })).append(['interactive', 'secret'])
    const before = disk.content(FIRST)
    await expect(openLog(disk, { cipher: read })).rejects.toMatchObject({
      code: 'MP_QUEUE_KEY',
      message: `queue segment ${FIRST} ${why}`,
    })
    expect(disk.content(FIRST)).toEqual(before)
    expect((await openLog(disk, { cipher: written })).replayed).toHaveLength(1)
  })

  test('leaves no word of a record on the disk', async () => {
    const disk = new ModelledDisk()
    await (await openLog(disk, { cipher })).append(['interactive', 'a word in secret'])
    expect(Buffer.from(disk.content(FIRST)).includes('secret')).toBe(false)
  })
})
