// The plan beside an event: what it sets applies, its mistakes have its places, and it never applies to another event.
import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { InvalidInput } from '../../runtime/errors.ts'
import { loadEvent } from './load.ts'
import { eventSha256, planBeside, planPath, planText } from './plan-file.ts'
import type { InvalidEvent } from './problems.ts'
import { EVENT, eventFolder, thrown } from './test-event.ts'

const pop = ['venues', 'remote', 'pop']
const settings = [
  { path: [...pop, 'instanceType'], value: 't3.small' },
  { path: [...pop, 'credits'], value: 'unlimited' },
  // As the file says: these override nothing.
  { path: [...pop, 'policy'], value: 'burstable' },
  { path: [...pop, 'maxPrice'], value: null },
]

/** An event with a plan; `change` makes the plan's text another. */
function planned(change: (plan: string) => string = (plan) => plan) {
  const event = join(eventFolder(), 'event.yaml')
  const origin = { firstSeed: 3, days: 52, commit: '123456789012', date: '2026-11-29' }
  const text = planText(event, { eventSha256: eventSha256(event), ...origin }, settings)
  writeFileSync(planPath(event), change(text))
  return event
}

const machine = (event: string, options = {}) => loadEvent(event, options).venues[1]?.pop

test('a plan has the overridden keys only, and applies', () => {
  const event = planned()
  expect(planBeside(event)).toMatchObject({
    file: event.replace('event.yaml', 'event.plan.yaml'),
    ...{ firstSeed: 3, days: 52, commit: '123456789012', date: '2026-11-29' },
    settings: [
      { path: [...pop, 'instanceType'], value: 't3.small' },
      { path: [...pop, 'credits'], value: 'unlimited' },
    ],
  })
  expect(machine(event)).toMatchObject({ instanceType: 't3.small', creditMode: 'unlimited' })
})

test('what is set goes above the plan, and the event as written is without it', () => {
  const event = planned()
  const set = [{ path: [...pop, 'instanceType'], value: 't3.medium', place: { file: '--set' } }]
  expect(machine(event, { set })).toMatchObject({ instanceType: 't3.medium', creditMode: 'unlimited' })
  expect(machine(event, { asWritten: true })).toMatchObject({
    instanceType: 't3.large',
    creditMode: 'standard',
  })
})

test('without the plan file the event is as written', () => {
  const event = planned()
  rmSync(planPath(event))
  expect(planBeside(event)).toBeNull()
  expect(machine(event)).toMatchObject({ instanceType: 't3.large' })
})

test('one byte more in the event file makes the plan stale', () => {
  const event = planned()
  writeFileSync(event, `${EVENT}\n`)
  expect(() => loadEvent(event)).toThrow(InvalidInput)
  expect(() => loadEvent(event)).toThrow(
    expect.objectContaining({
      code: 'MP_PLAN_STALE',
      exitCode: 2,
      remedy: expect.stringContaining('delete'),
      place: { file: planPath(event), line: 4, column: 16 },
    }),
  )
  expect(machine(event, { asWritten: true })).toMatchObject({ instanceType: 't3.large' })
})

test.each([
  ['a value that the event’s format refuses', 't3.small', 'q9.tiny', 'q9.tiny', 10],
  ['a key that is no key of a venue', 'venues.remote.pop.credits', 'budget', 'keys of venues', 11],
  ['an unknown key', 'venues.remote.pop.credits', 'venues.remote.pop.kredits', 'kredits', 11],
  ['a key of the plan', 'firstSeed: 3', 'firstSeed: zero', 'number of seeds', 5],
  ['a section', 't3.small', '{ a: 1 }', 'a value', 10],
])('%s is refused at its line of the plan', (_, from, to, message, line) => {
  const event = planned((plan) => plan.replace(from, to))
  const { problems } = thrown(() => loadEvent(event)) as InvalidEvent
  expect(problems).toMatchObject([
    {
      place: { file: planPath(event), line, column: expect.any(Number) },
      message: expect.stringContaining(message),
    },
  ])
})
