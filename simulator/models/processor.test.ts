import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { loadCatalog } from '../../infra/catalog/catalog.ts'
import type { CreditMode } from '../../infra/event/event.ts'
import { Processor } from './processor.ts'

const NONE = { launch: 0, earned: 0, surplus: 0, charged: 0 }

function account(instanceType: string, mode: CreditMode, earned: number) {
  const type = loadCatalog().instanceTypes.get(instanceType)
  if (!type?.burst || type.vcpus === null) throw new Error(`${instanceType} has no credits`)
  const { creditsPerHour, maxCredits } = type.burst
  return { size: { vcpus: type.vcpus, creditsPerHour, maxCredits }, mode, state: { ...NONE, earned } }
}

function processor(options: Partial<ConstructorParameters<typeof Processor>[0]> = {}) {
  const clock = { nowMs: 0 }
  const made = new Processor({ clock, speed: 1, sessionThreads: 0, idleShare: 0, credits: null, ...options })
  return { clock, made }
}

test('half the speed takes twice the time, and work waits for the work before it', () => {
  const { clock, made } = processor({ speed: 0.5 })
  expect(made.main(10)).toBe(20)
  expect(made.main(1)).toBe(22)
  clock.nowMs = 100
  expect(made.main(1)).toBe(102)
  expect(made.busyMs).toBe(24)
  expect(made.background(4)).toBe(4)
})

test('session threads share their work and leave the main thread alone', () => {
  const { made } = processor({ sessionThreads: 4 })
  expect(made.sessions(40)).toBe(10)
  expect(made.main(3)).toBe(3)
  expect(made.busyMs).toBe(43)
  const { made: single } = processor()
  single.sessions(40)
  expect(single.main(3)).toBe(43)
})

test('work that is counted elsewhere begins in time to end when it would: never before the work before it', () => {
  const { made: slow } = processor({ speed: 0.5 })
  expect([slow.beginMain(10), slow.beginMain(10)]).toEqual([10, 30])
  const { made: fast } = processor({ speed: 2, sessionThreads: 2 })
  expect([fast.beginSessions(40), fast.beginSessions(40)]).toEqual([0, 10])
})

test('a processor without speed is refused', () => {
  expect(() => processor({ speed: 0 })).toThrow(RangeError)
})

describe('a t3.nano: 2 vCPUs, a tenth of one of them for ever', () => {
  test('in standard mode a credit is a minute at full speed, and then the baseline is left', () => {
    const { made } = processor({ credits: account('t3.nano', 'standard', 1) })
    // One credit goes at 1 − 0.1 a minute: 66.7 s at full speed.
    expect(made.main(60_000)).toBe(60_000)
    expect(made.throttledMs).toBe(0)
    const doneMs = made.main(10_000)
    expect(doneMs).toBeCloseTo(60_000 + 6_666.67 + 3_333.33 / 0.1, 0)
    expect(made.throttledMs).toBeCloseTo(30_000, 0)
    expect(made.creditsAt(doneMs)?.earned).toBeCloseTo(0, 6)
  })

  test('what is earned while it rests is full speed again', () => {
    const { clock, made } = processor({ credits: account('t3.nano', 'standard', 0) })
    expect(made.main(100)).toBeCloseTo(1_000)
    expect(made.background(4)).toBeCloseTo(36)
    // An hour earns six credits, which are six minutes.
    clock.nowMs = 3_600_000
    expect(made.main(1_000)).toBe(3_601_000)
    expect(made.background(4)).toBe(0)
    expect(made.creditsAt(3_601_000)?.earned).toBeCloseTo(6 - (100 + 4 + 1_000 + 4) / 60_000 + 1 / 600, 6)
  })

  test('in unlimited mode it goes on, and owes what was not earned', () => {
    const { made } = processor({ credits: account('t3.nano', 'unlimited', 1) })
    let doneMs = 0
    for (let minute = 0; minute < 100; minute++) doneMs = made.main(60_000)
    expect(doneMs).toBe(6_000_000)
    expect(made.throttledMs).toBe(0)
    expect(made.creditsAt(doneMs)).toMatchObject({ earned: 0, charged: 0 })
    expect(made.creditsAt(doneMs)?.surplus).toBeCloseTo(100 - 10 - 1, 6)
  })

  test('a machine without an account never throttles and has nothing to tell', () => {
    const { made } = processor()
    expect(made.main(3_600_000)).toBe(3_600_000)
    expect(made.creditsAt(3_600_000)).toBeNull()
  })
})

test('in standard mode no more work is ever done than there were credits for', () => {
  const pieces = fc.array(
    fc.record({ gapMs: fc.integer({ min: 0, max: 40_000 }), workMs: fc.integer({ min: 0, max: 30_000 }) }),
    { minLength: 1, maxLength: 60 },
  )
  fc.assert(
    fc.property(pieces, fc.double({ min: 0, max: 3, noNaN: true }), (work, credits) => {
      const { clock, made } = processor({ credits: account('t3.micro', 'standard', credits) })
      let doneMs = 0
      let total = 0
      for (const { gapMs, workMs } of work) {
        clock.nowMs += gapMs
        const before = doneMs
        doneMs = made.main(workMs)
        total += workMs
        expect(doneMs).toBeGreaterThanOrEqual(Math.max(before, clock.nowMs) + workMs - 1e-6)
        // 12 credits an hour are 0.2 of a core.
        expect(total).toBeLessThanOrEqual(credits * 60_000 + doneMs * 0.2 + 1)
      }
      const left = made.creditsAt(doneMs) as { earned: number }
      const earnedMs = credits * 60_000 + doneMs * 0.2
      expect(Math.abs(left.earned * 60_000 - (earnedMs - total))).toBeLessThan(1)
    }),
    { numRuns: 300 },
  )
})
