// How the mistakes of a file are told: all at once, in its order, at most a screen of them.
import { expect, test } from 'vitest'
import { describe } from '../../runtime/errors.ts'
import { loadEvent } from './load.ts'
import { MAX_PROBLEMS_TOLD } from './problems.ts'
import { change, complaints, EVENT, eventFolder, OUTAGE, thrown } from './test-event.ts'

test('all mistakes of a file are told at once, in the order of the file', () => {
  let event = change(EVENT, 'attendees: 1200', 'attendees: -1200')
  event = change(event, 'policy: burstable', 'policy: on-demand')
  event = change(event, 'region: eu-west-1', 'region: eu-wset-1')
  event = change(event, 'budget: 900 USD', 'budget: 900')
  const outage = change(OUTAGE, 'venue: hall', 'venue: hal')
  const told = complaints({ event, outage })
  expect(told.map((line) => line.split(': ')[0])).toEqual([
    'event.yaml:5:11',
    'event.yaml:15:9',
    'event.yaml:20:16',
    'outage.yaml:4:28',
  ])
})

test('one mistake prints as place, sentence, code and remedy', () => {
  const folder = eventFolder({ event: change(EVENT, 'budget', 'bugdet') })
  const error = thrown(() => loadEvent(`${folder}/event.yaml`))
  expect(describe(error).replace(`${folder}/`, '')).toBe(
    'event.yaml:15:1: unknown key "bugdet" in the event file, did you mean "budget"? [MP_EVENT_INVALID]\n' +
      '  Correct it and run the command again. `micropop init` writes a complete, commented event file to compare with.',
  )
  expect(error.exitCode).toBe(2)
  expect(error.place).toEqual({ file: `${folder}/event.yaml`, line: 15, column: 1 })
})

test('more mistakes than a screen holds are counted', () => {
  const keys = Array.from({ length: 25 }, (_, i) => `x${i}: 1\n`).join('')
  const told = complaints({ event: EVENT + keys })
  expect(told).toHaveLength(MAX_PROBLEMS_TOLD + 1)
  expect(told.at(-1)).toBe('and 5 more')
})

test('a file full of mistakes is refused without a long search for each', () => {
  const keys = Array.from({ length: 10_000 }, (_, i) => `key${i}: 1\n`).join('')
  expect(complaints({ event: EVENT + keys }).at(-1)).toBe('and 9980 more')
})
