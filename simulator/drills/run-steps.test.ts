import { expect, test } from 'vitest'
import type { RehearsalClock } from '../rehearsal/clock.ts'
import { type RunOptions, runSteps } from './run-steps.ts'
import type { RunbookStep } from './runbook.ts'

/** Time stands still until `late` is called: then every limit is over. */
function stoppedClock() {
  const limits = new Set<() => void>()
  const clock: RehearsalClock = {
    monotonicMs: () => 0,
    wallMs: () => 0,
    sleep: (_ms, signal) =>
      new Promise((resolve, reject) => {
        limits.add(resolve)
        signal?.addEventListener('abort', () => reject(signal.reason), { once: true })
      }),
  }
  return { clock, late: () => limits.forEach((resolve) => void resolve()) }
}

const { signal } = new AbortController()
const TEXT = { look: '', type: [], expect: '', stop: '', back: '' }

/** Notes what it does in `done`. */
function step(id: string, done: string[], more: Partial<RunbookStep<null>> = {}): RunbookStep<null> {
  return {
    ...TEXT,
    ...{ id, title: `the step ${id}`, limitMs: 1_000 },
    perform: async () => `${done.push(id)} done`,
    rollback: async () => `${done.push(`${id} back`)} done`,
    ...more,
  }
}

const fails = async () => {
  throw new Error('the disk is full')
}

function run(steps: RunbookStep<null>[], more: Partial<RunOptions> = {}) {
  return runSteps(steps, null, { clock: stoppedClock().clock, signal, ...more })
}

test('steps are done in order, and nothing is taken back', async () => {
  const done: string[] = []
  const ended = await run([step('a', done), step('b', done)])
  expect(done).toEqual(['a', 'b'])
  expect(ended).toMatchObject({ failure: null, rollback: [] })
  expect(ended.steps.map(({ outcome, detail }) => `${outcome}: ${detail}`)).toEqual([
    'done: 1 done',
    'done: 2 done',
  ])
})

test('where one fails, it and those before it are taken back, the newest first, and none after it is begun', async () => {
  const done: string[] = []
  const { rollback: _, ...final } = step('b', done)
  const ended = await run([step('a', done), final, step('c', done, { perform: fails }), step('d', done)])
  expect(done).toEqual(['a', 'b', 'c back', 'a back'])
  expect(ended.failure).toEqual({ step: 'c', why: 'the disk is full', onPurpose: false })
  expect(ended.rollback.map(({ id, outcome }) => `${id} ${outcome}`)).toEqual([
    'c taken back',
    'a taken back',
  ])
})

test('what cannot be taken back does not keep the others from it', async () => {
  const done: string[] = []
  const ended = await run([step('a', done), step('b', done, { perform: fails, rollback: fails })])
  expect(done).toEqual(['a', 'a back'])
  expect(ended.rollback.map(({ outcome }) => outcome)).toEqual(['not taken back', 'taken back'])
})

test('a step that takes longer than its limit has failed, whatever it does about its signal', async () => {
  const { clock, late } = stoppedClock()
  const begun = Promise.withResolvers<AbortSignal>()
  const deaf = step('a', [], {
    perform: (_stage, given) => {
      begun.resolve(given)
      return new Promise(() => {})
    },
  })
  const { rollback: _, ...alone } = deaf
  const ending = run([alone], { clock })
  const given = await begun.promise
  late()
  expect((await ending).failure).toEqual({ step: 'a', why: 'was not done within 1 s', onPurpose: false })
  expect(given.aborted).toBe(true)
})

test('one that is to fail does so after it was done, and is taken back', async () => {
  const done: string[] = []
  const ended = await run([step('a', done), step('b', done)], { failAt: 'a' })
  expect(done).toEqual(['a', 'a back'])
  expect(ended.failure).toMatchObject({ step: 'a', onPurpose: true })
})

test('a drill that is cancelled ends with the reason and takes nothing back', async () => {
  const cancel = new AbortController()
  const done: string[] = []
  const cancelled = step('b', done, {
    perform: async () => {
      cancel.abort(new Error('Ctrl-C'))
      return await fails()
    },
  })
  await expect(run([step('a', done), cancelled], { signal: cancel.signal })).rejects.toThrow('Ctrl-C')
  expect(done).toEqual(['a'])
})
