// An event file as the program has it: units resolved, defaults filled in; damaged anywhere, it is refused in plain words.
import { writeFileSync } from 'node:fs'
import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { loadEvent } from './load.ts'
import { InvalidEvent } from './problems.ts'
import { EVENT, eventFolder, OUTAGE, thrown } from './test-event.ts'

test('a valid event is resolved to bytes, seconds, bit/s and pico-dollars', () => {
  const folder = eventFolder()
  const event = loadEvent(`${folder}/event.yaml`)
  expect(event).toMatchObject({
    file: `${folder}/event.yaml`,
    name: 'test-event',
    startMs: Date.UTC(2026, 11, 3, 9),
    days: 1,
    dayS: 7_200,
    setupS: 14_400,
    budget: 900_000_000_000_000n,
    auth: null,
    sponsors: [],
    outage: { name: 'test-outage', steps: [{ venue: 'hall', startS: 5_520, durationS: 300, rehearseS: 20 }] },
  })
  expect(event.runOfShow.map(({ name, startS }) => [name, startS])).toEqual([
    ['doors', 0],
    ['keynote', 1_800],
    ['poll', 5_400],
  ])
  const any = { encryptQueue: false, https: false, reconnectMs: 3, statedDisk: null }
  const box = { ...any, node: null, storageClass: null, ingress: null, rentPerDay: null }
  expect(event.venues).toEqual([
    {
      name: 'hall',
      placement: 'on-site',
      attendees: 1_200,
      stayS: null,
      access: [
        { technology: 'wifi_5GHz', signal: 'strong', share: 0.6 },
        { technology: 'wifi_2.4GHz', signal: 'medium', share: 0.4 },
      ],
      uplink: { name: 'uplink', technology: 'fibre', rateBps: 10_000_000, rttMs: 35 },
      backupUplink: null,
      lineRents: [],
      fallback: null,
      costCentre: null,
      pop: { platform: 'k3s', cores: 4, memoryBytes: 16e9, queueBytes: 20e9, ...box },
      line: 18,
    },
    expect.objectContaining({
      name: 'remote',
      line: 26,
      uplink: { name: 'uplink', technology: 'fibre', rateBps: 1_000_000_000, rttMs: 1 },
      pop: {
        platform: 'ec2',
        instanceType: 't3.large',
        policy: 'burstable',
        creditMode: 'standard',
        maxPrice: null,
        orTypes: [],
        disk: 'gp3',
        ...{ alarmTopic: null, subnet: null, standby: null },
        volumeBytes: 40e9,
        queueBytes: 20e9,
        ...any,
      },
    }),
  ])
})

test('what is left out has the stated defaults', () => {
  const event = loadEvent(`${eventFolder()}/event.yaml`)
  expect(event.engagement.peak).toEqual({ chat: 1, vote: 3, page: 0.5 })
  expect(event.serviceLevels).toEqual({ ackP99Ms: 500, deliveryP99Ms: 800, pageP50Ms: 1_500, recoveryS: 60 })
  expect(event.page).toEqual({ images: 4, imageWidth: 640 })
  expect(event.central.ingest).toEqual({ vcpu: 0.5, memoryBytes: 1_073_741_824, tasks: 2, maxTasks: 2 })
})

test('a stated engagement replaces only the rates that it names', () => {
  const event = `${EVENT}engagement: { peak: { chat: 6/min } }\n`
  const { engagement } = loadEvent(`${eventFolder({ event })}/event.yaml`)
  expect(engagement.peak).toEqual({ chat: 6, vote: 3, page: 0.5 })
  expect(engagement.high).toEqual({ chat: 0.3, vote: 0.5, page: 0.3 })
})

test('an event file that is not there is told with its neighbour', () => {
  const folder = eventFolder()
  const error = thrown(() => loadEvent(`${folder}/evnt.yaml`))
  expect(error.message.replaceAll(folder, '')).toBe(
    'event file "/evnt.yaml" is not there, did you mean "/event.yaml"?',
  )
  expect(error.place).toEqual({ file: `${folder}/evnt.yaml` })
})

test('an outage that the command names replaces the event’s', () => {
  const other = OUTAGE.replace('test-outage', 'other').replace('venue: hall', 'venue: remote')
  const folder = eventFolder({ outage: 'not read: [', others: { 'other.yaml': other } })
  const event = loadEvent(`${folder}/event.yaml`, { outage: `${folder}/other.yaml` })
  expect(event.outage).toMatchObject({ name: 'other', steps: [{ venue: 'remote' }] })
  expect(
    thrown(() => loadEvent(`${folder}/event.yaml`, { outage: `${folder}/othr.yaml` })).message,
  ).toContain('is not there, did you mean')
})

test('a file that was damaged anywhere loads, or is refused with a line for every mistake', {
  timeout: 60_000,
}, () => {
  const folder = eventFolder()
  const damage = fc.record({
    at: fc.nat({ max: EVENT.length }),
    remove: fc.nat({ max: 30 }),
    insert: fc.oneof(
      fc.string({ maxLength: 8 }),
      fc.constantFrom('null', '[]', '{}', '-1', '\n', '  ', ': ', '*a', '&a ', '!t '),
    ),
  })
  fc.assert(
    fc.property(damage, ({ at, remove, insert }) => {
      writeFileSync(`${folder}/event.yaml`, EVENT.slice(0, at) + insert + EVENT.slice(at + remove))
      try {
        loadEvent(`${folder}/event.yaml`)
      } catch (error) {
        if (!(error instanceof InvalidEvent)) throw error
        expect(error.problems.length).toBeGreaterThan(0)
        for (const { place, message } of error.problems) {
          expect(place.line).toBeGreaterThan(0)
          expect(place.column).toBeGreaterThan(0)
          expect(message).not.toMatch(/undefined|NaN|\[object|Invalid input/)
        }
      }
    }),
    { numRuns: 300 },
  )
})
