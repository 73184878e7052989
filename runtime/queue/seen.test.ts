// Deduplication against a plain Set: every message new exactly once, nothing new dropped, within a bounded window.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { LANES, type Lane } from '../protocol/lanes.ts'
import { HOLES_MAX, SEEN_WINDOW, Seen } from './seen.ts'

const clients = ['ann', 'bob', 'eve_-9'] as const
const message = fc.record({
  client: fc.constantFrom(...clients),
  lane: fc.constantFrom<Lane>('critical', 'interactive'),
  // Few low numbers, so that repeats and holes are common; some at and beyond the edge of the window.
  seq: fc.oneof(
    { weight: 8, arbitrary: fc.integer({ min: 1, max: 40 }) },
    { weight: 1, arbitrary: fc.integer({ min: SEEN_WINDOW - 2, max: SEEN_WINDOW + 40 }) },
  ),
})

/** What `Seen` must answer, told by a Set of everything added or passed over and a search for the first hole. */
class PlainSeen {
  readonly #all = new Set<string>()
  /** Passed over and not seen: true where the client gave them up. */
  readonly #passed = new Map<string, boolean>()

  through(client: string, lane: Lane): number {
    let seq = 0
    const isPast = (id: string) => this.#all.has(id) || this.#passed.has(id)
    while (isPast(`${client} ${lane} ${seq + 1}`)) seq++
    return seq
  }

  look(client: string, lane: Lane, seq: number) {
    const id = `${client} ${lane} ${seq}`
    if (this.#all.has(id)) return 'duplicate'
    if (this.#passed.get(id)) return 'settled'
    return seq > this.through(client, lane) + SEEN_WINDOW ? 'beyond-window' : 'new'
  }

  settle(client: string, lane: Lane, through: number) {
    const isKnown = [...this.#all].some((id) => id.startsWith(`${client} ${lane} `))
    if (isKnown && through > this.through(client, lane)) this.#pass(client, lane, through, true)
  }

  relay(client: string, lane: Lane, seq: number) {
    this.#pass(client, lane, seq - 1, false)
    this.add(client, lane, seq)
  }

  #pass(client: string, lane: Lane, through: number, givenUp: boolean) {
    for (let seq = 1; seq <= through; seq++) {
      const id = `${client} ${lane} ${seq}`
      if (!this.#all.has(id)) this.#passed.set(id, givenUp || this.#passed.get(id) === true)
    }
  }

  add(client: string, lane: Lane, seq: number) {
    this.#all.add(`${client} ${lane} ${seq}`)
  }
}

test('answers as a plain Set would, in any order, with repeats, holes given up and relays, across snapshots', () => {
  const settled = fc.record({
    settle: fc.integer({ min: 0, max: 60 }),
    client: fc.constantFrom(...clients),
    lane: fc.constantFrom<Lane>('critical', 'interactive'),
  })
  const step = fc.oneof(
    { weight: 20, arbitrary: message },
    { weight: 5, arbitrary: fc.record({ relayed: message }) },
    { weight: 1, arbitrary: settled },
    { weight: 1, arbitrary: fc.constant('restart' as const) },
  )
  const steps = fc.array(step, { maxLength: 300 })
  fc.assert(
    fc.property(steps, (sequence) => {
      let seen = new Seen()
      const plain = new PlainSeen()
      for (const step of sequence) {
        if (step === 'restart') {
          const snapshot = JSON.parse(JSON.stringify(seen.snapshot()))
          seen = new Seen()
          seen.restore(snapshot)
          continue
        }
        if ('relayed' in step) {
          const { client, lane, seq } = step.relayed
          if (seen.look(client, lane, seq) === 'duplicate') continue
          seen.addRelayed(client, lane, seq)
          plain.relay(client, lane, seq)
          continue
        }
        const { client, lane } = step
        if ('settle' in step) {
          seen.settle(client, lane, step.settle)
          plain.settle(client, lane, step.settle)
          expect(seen.through(client, lane)).toBe(plain.through(client, lane))
          continue
        }
        const { seq } = step
        const novelty = seen.look(client, lane, seq)
        expect(novelty).toBe(plain.look(client, lane, seq))
        if (novelty === 'new') {
          seen.add(client, lane, seq)
          plain.add(client, lane, seq)
        }
        expect(seen.through(client, lane)).toBe(plain.through(client, lane))
      }
    }),
  )
})

test('every message is new exactly once, in any order within the window', () => {
  const order = fc.integer({ min: 1, max: 200 }).chain((count) => {
    const numbers = Array.from({ length: count }, (_, i) => i + 1)
    return fc.shuffledSubarray([...numbers, ...numbers], { minLength: count * 2 })
  })
  fc.assert(
    fc.property(order, (sequence) => {
      const seen = new Seen()
      const taken: number[] = []
      for (const seq of sequence) {
        if (seen.look('ann', 'bulk', seq) === 'duplicate') continue
        seen.add('ann', 'bulk', seq)
        taken.push(seq)
      }
      expect([...taken].sort((a, b) => a - b)).toEqual([...new Set(sequence)].sort((a, b) => a - b))
      expect(seen.through('ann', 'bulk')).toBe(sequence.length / 2)
    }),
  )
})

describe('the window', () => {
  test('takes its last number and refuses the one after, until the hole below closes', () => {
    const seen = new Seen()
    for (let seq = 2; seq <= SEEN_WINDOW; seq++) seen.add('ann', 'state', seq)
    expect(seen.look('ann', 'state', SEEN_WINDOW)).toBe('duplicate')
    expect(seen.look('ann', 'state', SEEN_WINDOW + 1)).toBe('beyond-window')
    seen.add('ann', 'state', 1)
    expect(seen.through('ann', 'state')).toBe(SEEN_WINDOW)
    expect(seen.look('ann', 'state', SEEN_WINDOW + 1)).toBe('new')
    expect(seen.look('ann', 'state', 2 * SEEN_WINDOW + 1)).toBe('beyond-window')
  })

  test('starts where its client says that it holds on, for what comes from there', () => {
    const seen = new Seen()
    expect(seen.look('ann', 'state', 70_000)).toBe('beyond-window')
    expect(seen.look('ann', 'state', 70_000, 70_000)).toBe('new')
    expect(seen.look('ann', 'state', 69_999 + SEEN_WINDOW, 70_000)).toBe('new')
    expect(seen.look('ann', 'state', 70_000 + SEEN_WINDOW, 70_000)).toBe('beyond-window')
    expect(seen.look('ann', 'state', 69_999, 70_000)).toBe('beyond-window')
    expect(seen.look('ann', 'state', 1, 70_000)).toBe('new')
    expect(seen.size).toBe(0)
  })

  test('is of one client and lane: others are untouched', () => {
    const seen = new Seen()
    seen.add('ann', 'state', 1)
    for (const lane of LANES) {
      expect(seen.look('bob', lane, 1)).toBe('new')
      expect(seen.look('ann', lane, 1)).toBe(lane === 'state' ? 'duplicate' : 'new')
    }
    expect(seen.size).toBe(1)
  })
})

describe('memory', () => {
  test('of clients is bounded: those known are served on, others are told', () => {
    const seen = new Seen({ marks: 2, above: 100 })
    seen.add('ann', 'bulk', 1)
    seen.add('bob', 'bulk', 1)
    seen.settle('eve', 'bulk', 5)
    expect(seen.look('eve', 'bulk', 6)).toBe('too-many-clients')
    expect(seen.look('ann', 'bulk', 1)).toBe('duplicate')
    expect(seen.look('ann', 'bulk', 2)).toBe('new')
    expect(seen.size).toBe(2)
  })

  test('of holes is bounded: beyond, only what has no hole below it is taken, until holes close', () => {
    const seen = new Seen({ marks: 10, above: 2 })
    seen.add('ann', 'bulk', 3)
    seen.add('ann', 'bulk', 5)
    expect(seen.look('bob', 'bulk', 2)).toBe('beyond-window')
    expect(seen.look('bob', 'bulk', 1)).toBe('new')
    const restored = new Seen({ marks: 10, above: 2 })
    restored.restore(seen.snapshot())
    expect(restored.look('bob', 'bulk', 2)).toBe('beyond-window')
    restored.add('ann', 'bulk', 1)
    restored.add('ann', 'bulk', 2)
    expect(restored.look('bob', 'bulk', 2)).toBe('new')
    seen.settle('ann', 'bulk', 4)
    expect(seen.look('bob', 'bulk', 2)).toBe('new')
  })
})

describe('numbers passed over', () => {
  test('by a relay are new whenever they come, and once', () => {
    const seen = new Seen()
    seen.addRelayed('ann', 'bulk', 70_000)
    seen.addRelayed('ann', 'bulk', 70_003)
    expect([seen.through('ann', 'bulk'), seen.passed('ann', 'bulk')]).toEqual([70_003, 70_002])
    for (const seq of [1, 70_001, 70_002]) {
      expect(seen.look('ann', 'bulk', seq)).toBe('new')
      seen.add('ann', 'bulk', seq)
      expect(seen.look('ann', 'bulk', seq)).toBe('duplicate')
    }
    expect(seen.passed('ann', 'bulk')).toBe(69_999)
  })

  test('are remembered up to a bound: beyond, the oldest may be missing for all we know', () => {
    const seen = new Seen({ marks: 10, above: 10, holes: HOLES_MAX + 1 })
    for (let i = 1; i <= HOLES_MAX + 1; i++) seen.addRelayed('ann', 'bulk', 2 * i)
    expect([1, 2, 3, 4].map((seq) => seen.look('ann', 'bulk', seq))).toEqual([
      'settled',
      'duplicate',
      'new',
      'duplicate',
    ])
    for (let i = 1; i <= 3; i++) seen.addRelayed('bob', 'bulk', 2 * i)
    expect([1, 3, 4, 5].map((seq) => seen.look('bob', 'bulk', seq))).toEqual([
      'settled',
      'settled',
      'duplicate',
      'new',
    ])
  })
})

test('an adding of the same number twice changes nothing', () => {
  const seen = new Seen()
  seen.add('ann', 'bulk', 1)
  seen.add('ann', 'bulk', 1)
  seen.add('ann', 'bulk', 3)
  seen.add('ann', 'bulk', 3)
  expect(seen.snapshot()).toEqual([
    { client: 'ann', lane: 'bulk', through: 1, above: [3], settled: 0, blurred: 0, holes: [] },
  ])
})
