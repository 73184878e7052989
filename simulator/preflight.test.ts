import { expect, test } from 'vitest'
import { loadEvent } from '../infra/event/load.ts'
import { loadPriceBook } from './costs/price-book.ts'
import { preflight } from './preflight.ts'
import { findLiveTools } from './rehearsal/live-tools.ts'

test('without k6 and Toxiproxy everything else is done, and the live part is said to be missing', async () => {
  const notes: string[] = []
  const steps: string[] = []
  const found = await preflight(loadEvent('scenarios/events/pop-up-stand.yaml'), {
    seed: 1,
    sessions: 100,
    book: loadPriceBook(),
    reproduce: 'test',
    signal: new AbortController().signal,
    step: (title) => ({ update: () => {}, done: () => steps.push(title), failed: () => {} }),
    note: (text) => notes.push(text),
    wallMs: () => 0,
    findTools: () => findLiveTools([]),
  })
  expect(notes[0]).toMatch(/^The live part is left out: .*k6 and toxiproxy-server/)
  expect(steps).toEqual(['Pricing the resource graph', 'Simulating the day with 150 sessions'])
  expect(found.rehearsal).toEqual({ leftOut: expect.stringContaining('k6') })
  expect(found.decision).toBe('inconclusive')
  expect(found.forecast.lines.length).toBeGreaterThan(10)
  expect(found.day.conservation.lost).toBe(0)
  expect(found.day.outsideRange).toContainEqual(expect.stringContaining('scaled to t4g.small'))
  expect(new Set(found.verdicts.map(({ run }) => run))).toEqual(new Set(['day']))
}, 30_000)

test('an event without an outage is priced and simulated, and told what it needs to be rehearsed', async () => {
  const event = loadEvent('scenarios/events/pop-up-stand.yaml')
  const found = await preflight(
    { ...event, outage: null },
    {
      seed: 1,
      sessions: 100,
      book: loadPriceBook(),
      reproduce: 'test',
      signal: new AbortController().signal,
      step: () => ({ update: () => {}, done: () => {}, failed: () => {} }),
      note: () => {},
      wallMs: () => 0,
      findTools: async () => ({ k6: 'k6', toxiproxy: 'toxiproxy-server' }),
    },
  )
  expect(found.decision).toBe('inconclusive')
  expect(found.rehearsal).toEqual({ leftOut: expect.stringContaining('names no outage to rehearse') })
  expect(found.day.outages).toEqual([])
}, 30_000)

test('an aborted preflight throws the reason and starts nothing more', async () => {
  const reason = new Error('enough')
  const steps: string[] = []
  const running = preflight(loadEvent('scenarios/events/pop-up-stand.yaml'), {
    seed: 1,
    sessions: 100,
    book: loadPriceBook(),
    reproduce: 'test',
    signal: AbortSignal.abort(reason),
    step: (title) => {
      steps.push(title)
      return { update: () => {}, done: () => {}, failed: () => {} }
    },
    note: () => {},
    wallMs: () => 0,
  })
  await expect(running).rejects.toBe(reason)
  expect(steps).toEqual(['Pricing the resource graph'])
}, 30_000)
