// Turns: how many at once, in which order, how many wait.
import { expect, test } from 'vitest'
import { AllTurnsTaken, Turns } from './turns.ts'

test('runs so many at once, the next in order, and refuses beyond the queue', async () => {
  const turns = new Turns(2, 2)
  const started: number[] = []
  const ends: (() => void)[] = []
  const work = (n: number) =>
    turns.run(() => {
      started.push(n)
      return new Promise<void>((resolve) => ends.push(resolve))
    })
  const runs = [1, 2, 3, 4].map(work)
  await expect(work(5)).rejects.toThrow(AllTurnsTaken)
  expect(started).toEqual([1, 2])
  ends[1]?.()
  await runs[1]
  expect(started).toEqual([1, 2, 3])
  for (const n of [0, 2]) ends[n]?.()
  await runs[0]
  await runs[2]
  expect(started).toEqual([1, 2, 3, 4])
  ends[3]?.()
  await runs[3]
})

test('work that fails gives its turn on', async () => {
  const turns = new Turns(1, 1)
  const failing = turns.run(() => Promise.reject(new Error('no')))
  const next = turns.run(async () => 'next')
  await expect(failing).rejects.toThrow('no')
  expect(await next).toBe('next')
  expect(await turns.run(async () => 'free again')).toBe('free again')
})
