// Two appends of the log pending at once: the order of their writes, new segments between them, and failures.
import { expect, test } from 'vitest'
import { isDiskFull } from './disk.ts'
import { errno, ModelledDisk } from './testing/modelled-disk.ts'
import { openLog, SEGMENT_BYTES, segments } from './testing/open-log.ts'

const body = (i: number) => `vote ${i} ${'x'.repeat(120)}`

test('both are durable in the order of the calls, also where the second needs a new segment', async () => {
  const disk = new ModelledDisk()
  const { append, log } = await openLog(disk)
  const appended: unknown[] = []
  for (let i = 0; i < 20; i += 2) {
    const order: number[] = []
    const both = [i, i + 1].map(async (n) => {
      const records = await append(['interactive', body(n)])
      order.push(n)
      return records
    })
    appended.push(...(await Promise.all(both)).flat())
    expect(order).toEqual([i, i + 1])
  }
  expect((await segments(disk)).length).toBeGreaterThan(2)
  expect(await log.read('interactive', 1, 20)).toEqual(appended)
  await log.close()
  const again = await openLog(disk)
  expect(again.replayed).toEqual(appended)
})

test('the second is not written before the first is durable', async () => {
  const disk = new ModelledDisk()
  const { append } = await openLog(disk)
  const before = disk.operations
  disk.powerCutAt = before + 1
  const both = await Promise.allSettled([append(['interactive', 'first']), append(['interactive', 'second'])])
  expect(both.map(({ status }) => status)).toEqual(['rejected', 'rejected'])
  expect(disk.operations).toBe(before + 1)
})

test('an append behind one that failed throws the same, is not written, and both can be tried again', async () => {
  const disk = new ModelledDisk()
  const { append, last } = await openLog(disk)
  const kept = await append(['interactive', 'kept'])
  disk.failNextWrite = errno('ENOSPC', 'no space left on device')
  const failed = await Promise.allSettled([
    append(['interactive', 'first']),
    append(['interactive', 'second']),
  ])
  for (const result of failed) expect(result.status === 'rejected' && isDiskFull(result.reason)).toBe(true)
  last.interactive = 1
  const retried = await Promise.all([append(['interactive', 'first']), append(['interactive', 'second'])])
  const again = await openLog(disk)
  expect(again.replayed).toEqual([...kept, ...retried.flat()])
})

test('a third is refused: its encoder is in use', async () => {
  const { append } = await openLog(new ModelledDisk())
  const pending = [append(['interactive', 1]), append(['interactive', 2])]
  await expect(append(['interactive', 3])).rejects.toThrow('2 appends are pending')
  await Promise.all(pending)
})

test('a checkpoint that lacks what was appended opens no segment', async () => {
  const { log } = await openLog(new ModelledDisk())
  const record = (laneSeq: number) => ({
    ...{ lane: 'interactive' as const, laneSeq, ch: 'room', off: laneSeq, client: 'ann', seq: laneSeq },
    ...{ at: 0, t: 0, ack: 'disk' as const, body: 'x'.repeat(SEGMENT_BYTES), bytes: SEGMENT_BYTES },
  })
  await log.append([record(1)])
  await expect(log.append([record(2)])).rejects.toThrow('a checkpoint of position 0 at 1')
})
