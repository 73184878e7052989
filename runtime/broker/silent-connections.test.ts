// Who goes when too many connections say nothing.
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { SilentConnections } from './silent-connections.ts'

test('a flood from one address evicts its own oldest, and others come in', () => {
  const silent = new SilentConnections<string>(10)
  for (let i = 0; i < 9; i++) silent.arrive(`flood-${i}`, 'attacker', i)
  expect(silent.arrive('guest-0', 'home', 9)).toEqual({ verdict: 'stay' })
  expect(silent.arrive('guest-1', 'home', 10)).toEqual({ verdict: 'evict', connection: 'flood-0' })
  expect(silent.arrive('flood-9', 'attacker', 5_000)).toEqual({ verdict: 'evict', connection: 'flood-1' })
  expect(silent.size).toBe(10)
})

test('in a rush from one address those that came first finish, and who comes later is refused', () => {
  const silent = new SilentConnections<string>(3)
  for (const name of ['a', 'b', 'c']) silent.arrive(name, 'hall', 0)
  expect(silent.arrive('d', 'hall', 1_999)).toEqual({ verdict: 'refuse' })
  silent.leave('a')
  expect(silent.arrive('d', 'hall', 1_999)).toEqual({ verdict: 'stay' })
})

test('whatever arrives and leaves, the number is right and within its bound', () => {
  const step = fc.record({ address: fc.constantFrom('a', 'b', 'c'), leaves: fc.boolean(), pick: fc.nat(100) })
  fc.assert(
    fc.property(fc.array(step, { maxLength: 300 }), (steps) => {
      const silent = new SilentConnections<number>(8)
      const here = new Set<number>()
      for (const [n, { address, leaves, pick }] of steps.entries()) {
        if (leaves) {
          const one = [...here][pick % Math.max(1, here.size)]
          if (one === undefined) continue
          silent.leave(one)
          here.delete(one)
          continue
        }
        const arrival = silent.arrive(n, address, n * 100)
        if (arrival.verdict === 'refuse') continue
        if (arrival.verdict === 'evict') expect(here.delete(arrival.connection)).toBe(true)
        here.add(n)
      }
      expect(silent.size).toBe(here.size)
      expect(silent.size).toBeLessThanOrEqual(8)
      for (const one of here) silent.leave(one)
      expect(silent.size).toBe(0)
    }),
  )
})
