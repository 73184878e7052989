// A slow session's queue by properties: every offset is sent or accounted for, in order, bounded, urgent lanes whole.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Lane } from '../protocol/lanes.ts'
import type { PopFrame } from '../protocol/session.ts'
import { ChannelHistory } from './channel-history.ts'
import { StreamMessage } from './message-frames.ts'
import { OutputQueue } from './output-queue.ts'
import { OutputStream, type OutputStreamOptions, type SlowStep } from './output-stream.ts'
import { SharedFrame } from './ws-frame.ts'

type Sent = Extract<PopFrame, { t: 'msg' | 'skip' | 'ack' }>

const LIMITS = { messages: 1_000, bytes: 1e9, seconds: 1e9, totalBytes: 1e9 }

/** A session behind on some streams, and what it received. */
class SlowSession {
  readonly history: ChannelHistory
  readonly queue: OutputQueue
  readonly streams = new Map<string, OutputStream>()
  readonly received: Sent[] = []
  readonly spared: SlowStep[] = []

  constructor(bytesMax: number, limits = LIMITS) {
    this.history = new ChannelHistory(limits)
    this.queue = new OutputQueue(bytesMax)
  }

  publish(
    ch: string,
    body: unknown,
    lane: Lane = 'interactive',
    more: Partial<OutputStreamOptions> = {},
  ): void {
    const history = this.history.stream(ch)
    const off = history.last + 1
    const text = JSON.stringify({ t: 'msg', ch, off, client: 'ann', body, at: 0 })
    const message = new StreamMessage({ ch, off, lane, t: 0, text })
    this.history.add(ch, message)
    const stream = this.streams.get(ch)
    if (stream) this.queue.offer(stream, message)
    else this.#behind(ch, { after: off - 1, ...more }, message)
  }

  resume(ch: string, after: number): void {
    this.#behind(ch, { after, resuming: true })
  }

  read(bytes: number): void {
    for (const frame of this.queue.take(bytes)) {
      this.received.push(JSON.parse(frame.text))
    }
  }

  readAll(): void {
    while (!this.queue.isEmpty && !this.queue.isLost) this.read(1)
  }

  of(ch: string): Sent[] {
    return this.received.filter((frame) => frame.t !== 'ack' && frame.ch === ch)
  }

  #behind(ch: string, more: Partial<OutputStreamOptions>, first?: StreamMessage): void {
    const stream = new OutputStream({
      ch,
      part: undefined,
      history: this.history.stream(ch),
      after: 0,
      sent: null,
      steps: [],
      where: null,
      resuming: false,
      caughtUp: () => this.streams.delete(ch),
      spared: (step) => this.spared.push(step),
      ...more,
    })
    this.streams.set(ch, stream)
    this.queue.add(stream)
    if (first) this.queue.offer(stream, first)
  }
}

/** Body of a channel's state as a client puts it together from messages and patches. */
function stateOf(frames: readonly Sent[]): unknown {
  let state: Record<string, unknown> = {}
  for (const frame of frames) {
    if (frame.t !== 'msg') continue
    const body = frame.body as Record<string, unknown>
    state = frame.delta ? { ...state, ...body } : body
  }
  return state
}

const lanes = fc.constantFrom<Lane>('critical', 'interactive', 'state', 'bulk')
const steps = fc.uniqueArray(fc.constantFrom<SlowStep>('delta', 'latest', 'sampled'))
const actions = fc.array(
  fc.oneof(
    {
      weight: 4,
      arbitrary: fc.record({ ch: fc.constantFrom('room', 'score'), lane: lanes, size: fc.nat(60) }),
    },
    { weight: 1, arbitrary: fc.record({ read: fc.integer({ min: 1, max: 400 }) }) },
  ),
  { maxLength: 120 },
)

test('every offset is sent or accounted for in order, urgent lanes are whole, and waiting is bounded', () => {
  fc.assert(
    fc.property(actions, steps, fc.integer({ min: 300, max: 4_000 }), (script, rule, bytesMax) => {
      const session = new SlowSession(bytesMax)
      const critical: Record<string, number[]> = { room: [], score: [] }
      let state = 0
      for (const action of script) {
        if ('read' in action) session.read(action.read)
        else {
          session.publish(action.ch, { n: ++state, pad: 'x'.repeat(action.size) }, action.lane, {
            steps: rule,
          })
          if (action.lane === 'critical') critical[action.ch]?.push(session.history.last(action.ch))
        }
        if (session.queue.isLost) return
        expect(session.queue.waitingBytes).toBeLessThanOrEqual(bytesMax)
      }
      session.readAll()
      expect(session.queue.waitingBytes).toBe(0)
      for (const ch of ['room', 'score']) {
        let at = 0
        const sent = session.of(ch)
        for (const frame of sent) {
          if (frame.t === 'ack') continue
          if (frame.t === 'skip') expect(frame.through).toBeGreaterThan(at)
          else expect(frame.off).toBe(at + 1)
          at = frame.t === 'skip' ? frame.through : frame.off
        }
        expect(at).toBe(session.history.last(ch))
        const offsets = sent.flatMap((frame) => (frame.t === 'msg' ? frame.off : []))
        expect(offsets).toEqual(expect.arrayContaining(critical[ch] as number[]))
        const last = session.history.stream(ch).at(at)
        if (last && offsets.at(-1) === at) expect(stateOf(sent)).toEqual(last.read().body)
      }
    }),
    { numRuns: 500 },
  )
})

test('a session without a rule is given up when more waits than may, and never before', () => {
  const session = new SlowSession(1_000)
  while (!session.queue.isLost) session.publish('room', 'x'.repeat(50))
  const { bytes } = session.history.stream('room').at(1) as StreamMessage
  expect(session.history.last('room')).toBe(Math.floor(1_000 / bytes) + 1)
})

describe('the rule of a channel', () => {
  const flood = (rule: SlowStep[], bodies: unknown[]): SlowSession => {
    const session = new SlowSession(1_000)
    for (const body of bodies) session.publish('score', body, 'state', { steps: rule })
    session.readAll()
    return session
  }
  const states = Array.from({ length: 40 }, (_, n) => ({ home: n, away: 0, venue: 'x'.repeat(30) }))

  test('delta: only what changed since the last one sent', () => {
    const session = new SlowSession(1_000)
    session.publish('score', states[0], 'state', { steps: ['delta'] })
    session.publish('score', states[1], 'state')
    session.read(1)
    for (const body of states.slice(2)) session.publish('score', body, 'state')
    session.readAll()
    expect(session.received.slice(-2)).toMatchObject([
      { t: 'skip', why: 'delta', through: 39 },
      { t: 'msg', off: 40, body: { home: 39 }, delta: true },
    ])
  })

  test('delta leaves what is no state in its order, and gives up rather than lose it', () => {
    const session = flood(
      ['delta'],
      Array.from({ length: 40 }, (_, n) => `line ${n}`),
    )
    expect(session.queue.isLost).toBe(true)
    expect(session.spared).toEqual([])
  })

  test('latest: only the newest', () => {
    const session = flood(['latest'], states)
    expect(session.received).toMatchObject([
      { t: 'skip', through: 39, why: 'latest' },
      { t: 'msg', off: 40 },
    ])
    expect(session.spared.length).toBe(39)
  })

  test('sampled: one of ten', () => {
    const session = flood(['sampled'], states)
    const offsets = session.received.flatMap((frame) => (frame.t === 'msg' ? frame.off : []))
    expect(offsets).toEqual([10, 20, 30, 40])
    expect(session.received.filter(({ t }) => t === 'skip').length).toBe(4)
  })
})

test('what the PoP says overtakes data, a newer value takes the place of an older one, urgent streams go first', () => {
  const session = new SlowSession(10_000)
  session.publish('bulk', 1, 'bulk')
  session.publish('chat', 1, 'interactive')
  session.publish('button', 1, 'critical')
  session.publish('bulk', 'urgent', 'critical')
  session.queue.value('poll', new SharedFrame('{"t":"ack","seq":1}'))
  session.queue.value('poll', new SharedFrame('{"t":"ack","seq":2}'))
  session.queue.control(new SharedFrame('{"t":"ack","seq":3}'))
  session.readAll()
  expect(session.received.map((frame) => (frame.t === 'ack' ? frame.seq : frame.ch))).toEqual([
    3,
    2,
    'button',
    'bulk',
    'bulk',
    'chat',
  ])
})

describe('a session that resumes', () => {
  test('gets all it missed, however much, and counts as waiting only once it has caught up', () => {
    const session = new SlowSession(1_000)
    for (let i = 0; i < 50; i++) {
      session.publish('elsewhere', 'x')
      session.readAll()
    }
    session.received.length = 0
    session.resume('elsewhere', 10)
    for (let i = 0; i < 50; i++) session.publish('elsewhere', 'x'.repeat(100))
    expect(session.queue.isLost).toBe(false)
    session.readAll()
    expect(session.received.map((frame) => frame.t === 'msg' && frame.off)).toEqual(
      Array.from({ length: 90 }, (_, i) => i + 11),
    )
  })

  test('and falls out of the history is given up, or skips where its channel may', () => {
    for (const rule of [[], ['latest']] as SlowStep[][]) {
      const session = new SlowSession(100_000, { ...LIMITS, messages: 5 })
      for (let i = 0; i < 20; i++) session.publish('room', i, 'state', { steps: rule })
      session.readAll()
      expect(session.queue.isLost).toBe(rule.length === 0)
      if (rule.length > 0) {
        expect(session.received).toMatchObject([
          { t: 'skip', through: 19 },
          { t: 'msg', off: 20, body: 19 },
        ])
      }
    }
  })
})

test('only messages that match are sent', () => {
  const session = new SlowSession(100_000)
  for (let i = 1; i <= 20; i++)
    session.publish('room', i, 'state', { where: (message) => (message.read().body as number) % 5 === 0 })
  session.readAll()
  expect(session.received.map((frame) => frame.t === 'msg' && frame.off)).toEqual([5, 10, 15, 20])
})
