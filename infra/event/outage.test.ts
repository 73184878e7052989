// An outage is placed in the show by segment and day, or refused at its place in the outage file.
import { expect, test } from 'vitest'
import type { OutageStep } from './event.ts'
import { loadEvent } from './load.ts'
import { change, complaints, EVENT, eventFolder, MARK, markOf, OUTAGE } from './test-event.ts'

const STEP = '{ link: uplink, venue: hall, segment: poll, at: 2m, duration: 5m, rehearse: 20s }'

function steps(step: string, event = EVENT): OutageStep[] | undefined {
  const outage = change(OUTAGE, STEP, step)
  return loadEvent(`${eventFolder({ event, outage })}/event.yaml`).outage?.steps
}

test('times count from the segment', () => {
  expect(steps(STEP)).toEqual([
    { target: 'uplink', venue: 'hall', startS: 5_520, durationS: 300, rehearseS: 20 },
  ])
})

test('without a segment times count from the show’s start', () => {
  expect(steps('{ link: uplink, venue: hall, at: 2m, duration: 5m }')).toMatchObject([{ startS: 120 }])
  expect(steps('{ link: uplink, venue: hall, duration: 5m }')).toMatchObject([{ startS: 0 }])
})

test('a rehearsal lasts as long as the outage, at most 25 s', () => {
  expect(steps('{ link: uplink, venue: hall, duration: 5m }')).toMatchObject([{ rehearseS: 25 }])
  expect(steps('{ link: uplink, venue: hall, duration: 10s }')).toMatchObject([{ rehearseS: 10 }])
})

test('an outage may last to the end of the show', () => {
  expect(steps('{ link: uplink, venue: hall, segment: poll, duration: 30m }')).toMatchObject([
    { durationS: 1_800 },
  ])
})

test('a later day starts at the same time on the wall clock', () => {
  const threeDays = change(EVENT, 'days: 1', 'days: 3')
  const step = '{ link: uplink, venue: hall, day: 3, at: 1m, duration: 5m }'
  expect(steps(step, threeDays)).toMatchObject([{ startS: 172_860 }])
  const overTheChangeOfClocks = change(threeDays, '2026-12-03T09:00', '2027-03-27T09:00')
  expect(steps(step, overTheChangeOfClocks)).toMatchObject([{ startS: 172_860 - 3_600 }])
})

test('links of two venues may be cut at once, and one link again later', () => {
  const three = [
    '{ link: uplink, venue: hall, at: 2m, duration: 5m }',
    '{ link: uplink, venue: remote, at: 2m, duration: 5m }',
    '{ link: uplink, venue: hall, at: 7m, duration: 5m }',
  ]
  expect(steps(three.join('\n  - '))).toHaveLength(3)
})

test('a second uplink is cut by its role, also while the first is', () => {
  const uplink = '    uplink: { rate: 10 Mbit/s, rtt: 35ms }\n'
  const backedUp = change(EVENT, uplink, `${uplink}    backupUplink: { rate: 5 Mbit/s, rtt: 60ms }\n`)
  const two = [
    '{ link: uplink, venue: hall, at: 2m, duration: 5m }',
    '{ link: backup-uplink, venue: hall, at: 3m, duration: 1m }',
  ]
  expect(steps(two.join('\n  - '), backedUp)).toMatchObject([
    { target: 'uplink' },
    { target: 'backup-uplink', startS: 180 },
  ])
})

test('a PoP is killed by its role, also while its uplink is cut', () => {
  const two = [
    '{ link: uplink, venue: hall, duration: 5m }',
    '{ process: pop, venue: hall, at: 1m, duration: 30s }',
  ]
  expect(steps(two.join('\n  - '))).toMatchObject([
    { target: 'uplink' },
    { target: 'pop', startS: 60, durationS: 30 },
  ])
})

const MISTAKES: Record<string, [step: string, message: string]> = {
  'no second uplink': [
    `{ link: ${MARK}backup-uplink, venue: hall, duration: 5m }`,
    'venue "hall" has no backup uplink; write uplink, or give it `backupUplink`',
  ],
  'unknown venue': [
    `{ link: uplink, venue: ${MARK}hal, duration: 5m }`,
    'the event has no venue "hal", did you mean "hall"?',
  ],
  'venue of another event': [
    `{ link: uplink, venue: ${MARK}stadium, duration: 5m }`,
    'the event has no venue "stadium"; known are hall and remote',
  ],
  'unknown segment': [
    `{ link: uplink, venue: hall, segment: ${MARK}pol, duration: 5m }`,
    'the run of show has no segment "pol", did you mean "poll"?',
  ],
  'start after the show': [
    `{ link: uplink, venue: hall, at: ${MARK}3h, duration: 5m }`,
    'the outage starts outside the show: the show lasts 2h; write a smaller `at`',
  ],
  'start after the show, from a segment': [
    `{ link: uplink, venue: hall, segment: poll, at: ${MARK}40m, duration: 5m }`,
    'the outage starts outside the show: segment "poll" starts 30m before the end; write a smaller `at`',
  ],
  'end after the show': [
    `{ link: uplink, venue: hall, segment: poll, at: 10m, duration: ${MARK}25m }`,
    'the outage ends 5m after the show; write at most 20m',
  ],
  'day after the show': [
    `{ link: uplink, venue: hall, day: ${MARK}2, duration: 5m }`,
    'day 2 is outside the show, which has one day',
  ],
  'time before the segment': [
    `{ link: uplink, venue: hall, segment: poll, at: ${MARK}-2m, duration: 5m }`,
    '"-2m" is negative; write a duration such as 5m',
  ],
  'no length': [
    `{ link: uplink, venue: hall, duration: ${MARK}0s }`,
    '"0s" is shorter than 1s, the least that makes sense here; write a duration with its unit such as 5m',
  ],
  'never an end': [
    `{ link: uplink, venue: hall, duration: ${MARK}forever }`,
    '"forever" is not a duration; write a duration such as 5m',
  ],
  'an end after a day': [
    `{ link: uplink, venue: hall, duration: ${MARK}25h }`,
    '"25h" is longer than 24h, the most that is allowed here; write a duration with its unit such as 5m',
  ],
  'rehearsal longer than the outage': [
    `{ link: uplink, venue: hall, duration: 10s, rehearse: ${MARK}20s }`,
    'a rehearsal of 20s is longer than the outage; write at most 10s',
  ],
  'rehearsal too long to wait for': [
    `{ link: uplink, venue: hall, duration: 10m, rehearse: ${MARK}5m }`,
    '"5m" is longer than 2m, the most that is allowed here; write a duration with its unit such as 25s',
  ],
  'unknown link': [
    `{ link: ${MARK}uplnik, venue: hall, duration: 5m }`,
    '"uplnik" is not a link that can be cut, did you mean "uplink"?',
  ],
  'unknown process': [
    `{ process: ${MARK}pops, venue: hall, duration: 5m }`,
    '"pops" is not a process that can be killed, did you mean "pop"?',
  ],
  'a link and a process': [
    `{ link: uplink, ${MARK}process: pop, venue: hall, duration: 5m }`,
    'a step has `link` or `process`, not both; write a second step for the other',
  ],
  'neither a link nor a process': [
    `${MARK}{ venue: hall, duration: 5m }`,
    'the step says neither what is cut nor what is killed; write `link: uplink` or `process: pop`',
  ],
  'killed while it is gone': [
    `{ process: pop, venue: hall, at: 2m, duration: 5m }\n  - ${MARK}{ process: pop, venue: hall, at: 6m, duration: 1m }`,
    'this step overlaps step 1 on the pop of "hall"; let one end before the other starts',
  ],
  'unknown key': [
    `{ link: uplink, venue: hall, ${MARK}lenght: 5m, duration: 5m }`,
    'unknown key "lenght" in an outage step; known are link, process, venue, day, segment, at, duration and rehearse',
  ],
  overlap: [
    `{ link: uplink, venue: hall, at: 2m, duration: 5m }\n  - ${MARK}{ link: uplink, venue: hall, at: 6m, duration: 1m }`,
    'this step overlaps step 1 on the uplink of "hall"; let one end before the other starts',
  ],
}

test.each(Object.entries(MISTAKES))('%s', (_, [step, message]) => {
  const outage = change(OUTAGE, STEP, step)
  expect(complaints({ outage })).toEqual([`${markOf('outage.yaml', outage)}: ${message}`])
})

test('an outage file without steps is told what a step needs', () => {
  expect(complaints({ outage: 'micropop: 1\noutage: { name: none }\nsteps: []\n' })).toEqual([
    'outage.yaml:3:8: the list of steps is empty; write at least 1',
  ])
  expect(complaints({ outage: 'micropop: 1\noutage: { name: none }\nsteps: [{ link: uplink }]\n' })).toEqual([
    'outage.yaml:3:9: missing key "venue"; write the name of the venue, such as `venue: hall`',
    'outage.yaml:3:9: missing key "duration"; write a duration with its unit, such as `duration: 5m`',
  ])
})
