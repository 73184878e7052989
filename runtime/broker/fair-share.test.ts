// Fair shares: a hall behind one address is not hindered, one address never takes all, memory stays bounded.
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { FairShare, type FairShareOptions } from './fair-share.ts'

function sharing(options: Partial<FairShareOptions> = {}) {
  return new FairShare({ sessionsMax: 5_000, ratePerS: 500, burst: 5_000, share: 0.8, ...options }, 0)
}

/** How many of `count` attempts at once get in. */
function taken(fair: FairShare, address: string, count: number, nowMs = 0): number {
  let got = 0
  for (let i = 0; i < count; i++) if (fair.take(address, nowMs).verdict === 'taken') got++
  return got
}

test('a hall of 2,000 behind one address comes in at once, and again after a drop', () => {
  const fair = sharing()
  expect(taken(fair, 'hall', 2_000)).toBe(2_000)
  expect(taken(fair, 'hall', 2_000)).toBe(2_000)
})

test('one address alone gets its share of the sessions, and the others still come in', () => {
  const fair = sharing({ ratePerS: 1e6, burst: 1e6 })
  expect(Math.abs(taken(fair, 'greedy', 5_000) - 4_000)).toBeLessThanOrEqual(1)
  expect(fair.take('greedy', 0).verdict).toBe('share')
  for (let i = 0; i < 500; i++) expect(fair.take(`other-${i}`, 0).verdict).toBe('taken')
})

test('near the capacity those who hold most are refused first', () => {
  const fair = sharing({ sessionsMax: 100, ratePerS: 1e6, burst: 1e6 })
  taken(fair, 'hog', 80)
  taken(fair, 'small', 3)
  expect(fair.take('hog', 0).verdict).toBe('share')
  expect(fair.take('small', 0).verdict).toBe('taken')
})

test('a full PoP refuses everyone, and a session that is given back makes room', () => {
  const fair = sharing({ sessionsMax: 3 })
  for (const address of ['a', 'b', 'c']) expect(fair.take(address, 0).verdict).toBe('taken')
  expect(fair.take('d', 0).verdict).toBe('full')
  fair.release('a')
  expect(fair.take('d', 0).verdict).toBe('taken')
})

test('the rate of one address is its share of the whole, and says when there is room again', () => {
  const fair = sharing({ ratePerS: 10, burst: 100 })
  expect(taken(fair, 'flood', 500)).toBe(80)
  expect(taken(fair, 'other', 500)).toBe(20)
  const refused = fair.take('flood', 0)
  expect(refused).toEqual({ verdict: 'rate', waitMs: 125 })
  expect(fair.take('flood', 125).verdict).toBe('taken')
})

test('addresses in any number take bounded memory', () => {
  const fair = sharing({ sessionsMax: 10, ratePerS: 1e9, burst: 1e9 })
  for (let i = 0; i < 100_000; i++) {
    fair.take(`address-${i}`, i)
    fair.release(`address-${i}`)
  }
  expect(fair.addresses).toBeLessThanOrEqual(16_384 + 10)
})

test('whatever comes and goes, the sessions add up, and nobody is over the share that the rest leaves', () => {
  const step = fc.record({
    address: fc.constantFrom('a', 'b', 'c', 'd'),
    leave: fc.boolean(),
    afterMs: fc.nat(500),
  })
  fc.assert(
    fc.property(fc.array(step, { maxLength: 200 }), fc.integer({ min: 1, max: 30 }), (steps, sessionsMax) => {
      const fair = sharing({ sessionsMax, ratePerS: 20, burst: 20 })
      const held = new Map<string, number>()
      const total = () => [...held.values()].reduce((sum, n) => sum + n, 0)
      let nowMs = 0
      for (const { address, leave, afterMs } of steps) {
        nowMs += afterMs
        const mine = held.get(address) ?? 0
        if (leave) {
          fair.release(address)
          held.set(address, Math.max(0, mine - 1))
        } else if (fair.take(address, nowMs).verdict === 'taken') {
          expect(mine).toBeLessThan(4.000_001 * (sessionsMax - total()))
          held.set(address, mine + 1)
        }
        expect(fair.sessions).toBe(total())
        expect(fair.sessions).toBeLessThanOrEqual(sessionsMax)
      }
    }),
  )
})
