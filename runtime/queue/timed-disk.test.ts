import { expect, test } from 'vitest'
import { ModelledDisk } from './testing/modelled-disk.ts'
import { timedDisk } from './timed-disk.ts'

test('each commit is timed once, and what it wrote is there; what a new file is filled with is not', async () => {
  let now = 0
  const took: number[] = []
  const disk = timedDisk(
    new ModelledDisk(),
    () => (now += 2),
    (ms) => took.push(ms),
  )
  const made = await disk.create('spare')
  await made.write(Buffer.from('checkpoint'), 0)
  await made.close()
  await disk.rename('spare', '1.log')
  const segment = await disk.open('1.log')
  await segment.write(Buffer.from('commit'), segment.size)
  await segment.write(Buffer.from('!'), segment.size)
  expect(took).toEqual([2, 2])
  expect(Buffer.from(await segment.read(0, segment.size)).toString()).toBe('checkpointcommit!')
  expect(await disk.list()).toEqual(['1.log'])
})
