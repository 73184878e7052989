// What an event says of its uncertainty is read, has defaults, and is refused at its place where it is wrong.
import { expect, test } from 'vitest'
import { loadEvent } from './load.ts'
import { change, complaints, EVENT, eventFolder, MARK, markOf } from './test-event.ts'
import { defaultUncertainty } from './uncertainty-schema.ts'

const withSection = (section: string) =>
  change(EVENT, 'outage: outage.yaml\n', `outage: outage.yaml\nuncertainty: ${section}\n`)
const load = (event: string) => loadEvent(`${eventFolder({ event })}/event.yaml`).uncertainty

test('an event that says nothing has the stated assumptions', () => {
  expect(load(EVENT)).toEqual({
    target: 0.95,
    attendance: { within: 0.1, distribution: 'normal' },
    engagement: { within: 0.3, distribution: 'lognormal' },
    outage: {
      probability: 1,
      start: { within: 600, distribution: 'uniform' },
      duration: { within: 0.5, distribution: 'lognormal' },
    },
    spot: { interruptedPerMonth: null, price: { within: 0.55, distribution: 'lognormal' } },
    credits: { least: 0.5, most: 1 },
    overrun: { within: 0, distribution: 'triangular' },
  })
})

test('what it says stands beside the assumptions about the rest, and zero is certainty', () => {
  const said =
    '{ attendance: { within: 0 % }, outage: { probability: 40 %, start: { within: 1h } }, spot: { interruptedPerMonth: 20 % } }'
  expect(load(withSection(said))).toEqual({
    ...defaultUncertainty,
    attendance: { within: 0, distribution: 'normal' },
    outage: {
      ...defaultUncertainty.outage,
      probability: 0.4,
      start: { within: 3_600, distribution: 'uniform' },
    },
    spot: { ...defaultUncertainty.spot, interruptedPerMonth: 0.2 },
  })
})

const MISTAKES: Record<string, [section: string, message: string]> = {
  'a probability over 1': [
    `{ outage: { probability: ${MARK}120 % } }`,
    '"120 %" is more than 100 %; write a share in percent such as 100 %',
  ],
  'a probability without its unit': [
    `{ outage: { probability: ${MARK}0.4 } }`,
    '"0.4" has no unit; write a share in %, such as 35 %',
  ],
  'a share of spot machines over 1': [
    `{ spot: { interruptedPerMonth: ${MARK}101 % } }`,
    '"101 %" is more than 100 %; write a share in percent such as 20 %',
  ],
  'an unknown key': [
    `{ ${MARK}attendence: { within: 5 % } }`,
    'unknown key "attendence" in uncertainty, did you mean "attendance"?',
  ],
  'an unknown distribution': [
    `{ engagement: { distribution: ${MARK}log-normal } }`,
    '"log-normal" is not a distribution, did you mean "lognormal"?',
  ],
  'a start that can only be later': [
    `{ outage: { start: { distribution: ${MARK}lognormal } } }`,
    '"lognormal" is not a distribution, did you mean "normal"?',
  ],
  'a negative length': [
    `{ outage: { start: { within: ${MARK}-5m } } }`,
    '"-5m" is negative; write a duration such as 5m',
  ],
  'more credits at least than at most': [
    `{ credits: { least: ${MARK}80 %, most: 60 % } }`,
    'the least of the credits is more than the most; write a smaller `least`, or a larger `most`',
  ],
  'spot machines that never stay': [
    `{ spot: { interruptedPerMonth: ${MARK}100 % } }`,
    'a machine that always goes never comes to the show; write less than 100 %',
  ],
  'a target that cannot be shown': [
    `{ target: ${MARK}100 % }`,
    'no number of days can show 100 %; write less, such as 99 %',
  ],
  'a target of nothing': [`{ target: ${MARK}0 % }`, '"0 %" is zero; write a share in percent such as 95 %'],
}

test.each(Object.entries(MISTAKES))('%s is told with its line', (_, [section, message]) => {
  const event = withSection(section)
  expect(complaints({ event })).toEqual([`${markOf('event.yaml', event)}: ${message}`])
})
