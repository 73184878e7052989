import { describe, expect, test } from 'vitest'
import { generatorFailed, type RunChecks, voidReason } from './void-run.ts'

const GOOD: RunChecks = {
  generator: { iterations: 100, droppedIterations: 0, clockStepMs: 1 },
  sessions: 100,
  latenessP99Ms: 12,
  neverConnected: [],
  timeline: [{ atMs: 5_000, do: 'cut', venue: 'hall', target: 'uplink', doneMs: 5_010 }],
}

describe('void run', () => {
  test('a good run is not void', () => {
    expect(voidReason(GOOD)).toBeNull()
    expect(voidReason({ ...GOOD, latenessP99Ms: null, timeline: [] })).toBeNull()
  })

  test.each<[string, string, Partial<RunChecks>]>([
    ['the generator was late', 'MP_VOID_LATE', { latenessP99Ms: 20.1 }],
    [
      'iterations were dropped',
      'MP_VOID_DROPPED',
      { generator: { ...GOOD.generator, droppedIterations: 1 } },
    ],
    ['a session was not finished', 'MP_VOID_DROPPED', { generator: { ...GOOD.generator, iterations: 99 } }],
    ['the clock stepped', 'MP_VOID_CLOCK', { generator: { ...GOOD.generator, clockStepMs: 51 } }],
    ['a session never connected', 'MP_VOID_UNCONNECTED', { neverConnected: ['ada'] }],
    [
      'the outage came late',
      'MP_VOID_TIMELINE',
      { timeline: [{ atMs: 5_000, do: 'cut', venue: 'hall', target: 'uplink', doneMs: 5_501 }] },
    ],
  ])('void because %s', (_why, code, checks) => {
    expect(voidReason({ ...GOOD, ...checks })).toMatchObject({ code, exitCode: 4 })
  })

  test('a generator that fails is told with its own last words', () => {
    const failure = generatorFailed({ code: 107, signal: null }, ['GoError: no such file'], '/run/k6.log')
    expect(failure).toMatchObject({ code: 'MP_VOID_GENERATOR', exitCode: 4 })
    expect(failure.message).toContain('exit code 107')
    expect(failure.message).toContain('no such file')
    expect(failure.remedy).toContain('/run/k6.log')
  })
})
