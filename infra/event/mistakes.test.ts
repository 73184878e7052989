// Every mistake that an event file can have is told with its line, its column and what to write instead.
import { expect, test } from 'vitest'
import { loadEvent } from './load.ts'
import { change, complaints, EVENT, eventFolder, MARK, markOf } from './test-event.ts'

/** What is replaced, by what (the mark is where the complaint points), and what is told. */
const MISTAKES: Record<string, [from: string, to: string, message: string]> = {
  'unknown key with a near one': [
    '    attendees: 1200',
    `    ${MARK}attendes: 1200\n    attendees: 1200`,
    'unknown key "attendes" in a venue, did you mean "attendees"?',
  ],
  'unknown key without a near one': [
    'uplink: { rate: 10 Mbit/s, rtt: 35ms }',
    `uplink: { rate: 10 Mbit/s, rtt: 35ms, ${MARK}provider: acme }`,
    'unknown key "provider" in an uplink; known are name, technology, rate, rtt and rentPerDay',
  ],
  'unknown key at the top': [
    'budget: 900 USD',
    `${MARK}bugdet: 900 USD`,
    'unknown key "bugdet" in the event file, did you mean "budget"?',
  ],
  'missing key': [
    '    attendees: 1200\n',
    '',
    'missing key "attendees"; write a whole number of attendees, such as `attendees: 1200`',
  ],
  'key without a value': [
    'title: A test event',
    `title:${MARK}`,
    '"title" has no value; write a title, such as `title: My event`',
  ],
  'key written twice': [
    'budget: 900 USD',
    `budget: 900 USD\n${MARK}budget: 901 USD`,
    'key "budget" is written twice, first in line 15; keep one of them',
  ],
  'duplicate venue': [
    '  remote:\n',
    `  ${MARK}hall:\n`,
    'venue "hall" is defined twice, first in line 18; give each venue its own name',
  ],
  'venue that is not a name': [
    '  remote:\n',
    `  ${MARK}Remote Ünits:\n`,
    '"Remote Ünits" is not a name: it takes a to z, 0 to 9 and "-" between them, starts with a letter, at most 40; write remote-units',
  ],
  'share of nobody': [
    'share: 60 %',
    `share: ${MARK}0 %`,
    '"0 %" is zero; write a share in percent such as 35 %',
  ],
  'share of more than all': [
    'share: 60 %',
    `share: ${MARK}160 %`,
    '"160 %" is more than 100 %; write a share in percent such as 35 %',
  ],
  'device that is none': [
    'share: 60 % }',
    `share: 60 %, device: ${MARK}fone }`,
    '"fone" is not a device; known are phone, tablet and laptop',
  ],
  'disk that is none': [
    'cores: 4',
    `cores: 4, disk: ${MARK}emcm`,
    '"emcm" is not a disk, did you mean "emmc"?',
  ],
  'p99 of a write under its p50': [
    'cores: 4',
    `cores: 4, fsync: { p50: 20ms, p99: ${MARK}9ms }`,
    'the p99 is less than the p50 of 20ms; write a longer `p99`, or a shorter `p50`',
  ],
  'disk of a box on EC2': [
    'platform: ec2',
    `platform: ec2, disk: ${MARK}emmc`,
    '"emmc" is not a disk; known are gp3, gp2 and instance-store',
  ],
  'box without a core': [
    'cores: 4',
    `cores: ${MARK}0`,
    '0 is less than 0.1; write a number of cores such as 4',
  ],
  'number where text belongs': [
    'title: A test event',
    `title: ${MARK}2026`,
    'expected a title such as My event, found 2026; put it in quotes: "2026"',
  ],
  'text where a number belongs': [
    'attendees: 1200',
    `attendees: ${MARK}many`,
    'expected a whole number of attendees such as 1200, found "many"',
  ],
  'list where a section belongs': [
    'window: { setup: 4h, teardown: 2h }',
    `window: ${MARK}[4h, 2h]`,
    'expected a section with the keys setup, teardown, found a list',
  ],
  'section where a list belongs': [
    'access: [{ technology: 4g, signal: medium }]',
    `access: ${MARK}{ technology: 4g, signal: medium }`,
    'expected a list of kinds of access links, found a section of keys',
  ],
  'number without a unit': [
    'duration: 1h,',
    `duration: ${MARK}60,`,
    '"60" has no unit; write a duration in ms, s, m, h or d, such as 5m',
  ],
  'unit that people say': [
    'duration: 1h,',
    `duration: ${MARK}60 min,`,
    '"60 min" has the unknown unit "min"; write 60m',
  ],
  'unit of another dimension': [
    'memory: 16 GB',
    `memory: ${MARK}16 Mbit/s`,
    '"16 Mbit/s" is a bit rate, not a size; write a size such as 40 GB',
  ],
  'other currency': [
    'budget: 900 USD',
    `budget: ${MARK}900 EUR`,
    '"900 EUR" is not in USD; prices are, so convert it and write an amount such as 900 USD',
  ],
  'negative count': [
    'attendees: 1200',
    `attendees: ${MARK}-1200`,
    '-1200 is negative; write a number of attendees such as 1200',
  ],
  'negative amount': [
    'budget: 900 USD',
    `budget: ${MARK}-900 USD`,
    '"-900 USD" is negative; write an amount such as 900 USD',
  ],
  'negative duration': [
    'duration: 1h,',
    `duration: ${MARK}-1h,`,
    '"-1h" is negative; write a duration such as 5m',
  ],
  'fraction of an attendee': [
    'attendees: 1200',
    `attendees: ${MARK}1200.5`,
    'expected a whole number of attendees such as 1200, found 1200.5',
  ],
  'too many attendees': [
    'attendees: 1200',
    `attendees: ${MARK}12000000`,
    '12000000 attendees are more than 1000000, the most that can be planned',
  ],
  'list item without a value': [
    'budget: 900 USD',
    `budget: 900 USD\nsponsors: [acme, ${MARK}~]`,
    'this item has no value; write the name of a sponsor, such as acme',
  ],
  'text where true or false belongs': [
    'budget: 900 USD',
    `budget: 900 USD\ncentral: { cdn: ${MARK}on }`,
    'expected true or false, found "on"',
  ],
  'unknown engagement': [
    'engagement: peak',
    `engagement: ${MARK}peek`,
    '"peek" is not an engagement level, did you mean "peak"?',
  ],
  'unknown region': [
    'region: eu-west-1',
    `region: ${MARK}eu-west-9`,
    '"eu-west-9" is not a region of the catalogue, did you mean "eu-west-1"?',
  ],
  'unknown time zone': [
    'timezone: Europe/Dublin',
    `timezone: ${MARK}Europe/Dubin`,
    '"Europe/Dubin" is not a time zone, did you mean "Europe/Dublin"?',
  ],
  'unknown instance type': [
    'instanceType: t3.large',
    `instanceType: ${MARK}t3.lrage`,
    '"t3.lrage" is not an instance type of the catalogue, did you mean "t3.large"?',
  ],
  'unknown platform': [
    'platform: k3s',
    `platform: ${MARK}docker`,
    '"docker" is not a platform; write k3s for a box at the venue, ec2 for a machine in the region',
  ],
  'box in a region': [
    'placement: on-site\n    attendees: 1200',
    'placement: region\n    attendees: 1200',
    'a k3s box stands on-site, not in a region; write `platform: ec2`, or `placement: on-site`',
  ],
  'machine of the region on-site': [
    'placement: region\n    attendees: 800\n',
    'placement: on-site\n    attendees: 800\n    uplink: { rate: 1 Mbit/s, rtt: 9ms }\n',
    'an EC2 machine does not stand on-site; write `platform: k3s`, or `placement: region`, or `outpost` where it is on one',
  ],
  'two uplinks of one name': [
    '    uplink: { rate: 10 Mbit/s, rtt: 35ms }\n',
    `    uplink: { rate: 10 Mbit/s, rtt: 35ms }\n    backupUplink: ${MARK}{ name: uplink, rate: 5 Mbit/s, rtt: 60ms }\n`,
    'both uplinks are called "uplink"; give each its own name',
  ],
  'on-site without an uplink': [
    '    uplink: { rate: 10 Mbit/s, rtt: 35ms }\n',
    '',
    'missing key "uplink"; a PoP outside of the region needs one, such as `uplink: { rate: 20 Mbit/s, rtt: 30ms }`',
  ],
  'shares that do not sum to 1': [
    '    access:\n      - { technology: wifi_5GHz, signal: strong, share: 60 % }',
    `    access:\n      ${MARK}- { technology: wifi_5GHz, signal: strong, share: 50 % }`,
    'the shares add up to 90 %; write shares that add up to 100 %',
  ],
  'kind of link twice': [
    '{ technology: wifi_2.4GHz, signal: medium, share: 40 % }',
    `${MARK}{ technology: wifi_5GHz, signal: strong, share: 40 % }`,
    'wifi_5GHz with strong signal is there twice; add their shares into one',
  ],
  'kind of link that was not measured': [
    'access: [{ technology: 4g, signal: medium }]',
    `access: [${MARK}{ technology: wifi_5GHz, signal: weak }]`,
    'the access trace has too few transfers on wifi_5GHz/weak; it has enough on 4g/weak, 4g/medium, 4g/strong, wifi_2.4GHz/weak, wifi_2.4GHz/medium and wifi_5GHz/strong',
  ],
  'queue as large as the volume': [
    'volume: 40 GB, queue: 20 GB',
    `volume: 40 GB, queue: ${MARK}40 GB`,
    'the queue leaves the volume too little room; write at most 32 GB, or a larger volume',
  ],
  'segment twice': [
    'name: keynote',
    `name: ${MARK}doors`,
    'segment "doors" is there twice; give each its own name, such as doors-2',
  ],
  'day longer than a day': [
    'runOfShow:\n    - { name: doors, duration: 30m, engagement: low }',
    `runOfShow:\n    ${MARK}- { name: doors, duration: 23h, engagement: low }`,
    'the run of show lasts 1d30m, longer than a day; split it with `days`',
  ],
  'local time with a blank': [
    'starts: 2026-12-03T09:00',
    `starts: ${MARK}2026-12-03 09:00`,
    '"2026-12-03 09:00" is not a local time; write 2026-12-03T09:00',
  ],
  'date that is not in the calendar': [
    'starts: 2026-12-03T09:00',
    `starts: ${MARK}2026-02-30T09:00`,
    '"2026-02-30T09:00" is not in the calendar; write a date and a time such as 2026-12-03T09:00',
  ],
  'start that the clocks skip': [
    'starts: 2026-12-03T09:00',
    `starts: ${MARK}2027-03-28T01:30`,
    '"2027-03-28T01:30" does not exist in Europe/Dublin: the clocks skip it; write 2027-03-28T02:30',
  ],
  'end before start': [
    '  days: 1\n',
    `  days: 1\n  ends: ${MARK}2026-12-02T11:00\n`,
    'the show ends before it starts (2026-12-03T09:00); write 2026-12-03T11:00, where the run of show ends, or leave `ends` out',
  ],
  'end that the run of show does not reach': [
    '  days: 1\n',
    `  days: 1\n  ends: ${MARK}2026-12-03T12:00\n`,
    'the run of show does not end then; write 2026-12-03T11:00, where the run of show ends, or leave `ends` out',
  ],
  'end that misses the run of show by its seconds': [
    'starts: 2026-12-03T09:00\n  days: 1\n',
    `starts: 2026-12-03T09:00:30\n  days: 1\n  ends: ${MARK}2026-12-03T11:00\n`,
    'the run of show does not end then; write 2026-12-03T11:00:30, where the run of show ends, or leave `ends` out',
  ],
  'sponsor twice': [
    'budget: 900 USD',
    `budget: 900 USD\nsponsors: [acme, ${MARK}acme]`,
    'sponsor "acme" is listed twice; keep one',
  ],
  'sponsor whose name is none': [
    'budget: 900 USD',
    `budget: 900 USD\nsponsors: [${MARK}ACME Ltd]`,
    '"ACME Ltd" is not a name: it takes a to z, 0 to 9 and "-" between them, starts with a letter, at most 40; write acme-ltd',
  ],
  'sponsor with an unknown key': [
    'budget: 900 USD',
    `budget: 900 USD\nsponsors: [{ name: acme, ${MARK}perUserSecnd: 0.1 USD }]`,
    'unknown key "perUserSecnd" in a sponsor, did you mean "perUserSecond"?',
  ],
  'sponsor in no venue of the event': [
    'budget: 900 USD',
    `budget: 900 USD\nsponsors: [{ name: acme, venues: [${MARK}stage] }]`,
    'there is no venue "stage"; write hall or remote',
  ],
  'cap below the minimum': [
    'budget: 900 USD',
    `budget: 900 USD\nsponsors: [{ name: acme, perUserSecond: 0.1 USD, minimum: ${MARK}9 USD, cap: 8 USD }]`,
    'the minimum is above the cap; write a smaller `minimum`, or a larger `cap`',
  ],
  'two discounts on one service': [
    'budget: 900 USD',
    `budget: 900 USD\nfinance: { discounts: [{ service: ec2, share: 5 % }, ${MARK}{ service: ec2, share: 6 % }] }`,
    'there are two discounts on ec2; keep one',
  ],
  'task that Fargate does not offer': [
    'budget: 900 USD',
    `budget: 900 USD\ncentral: { ingest: { vcpu: 0.5, memory: ${MARK}16 GiB } }`,
    'Fargate tasks of 0.5 vCPUs have 1 to 4 GiB in fixed steps; write 4 GiB',
  ],
  'unknown database class': [
    'budget: 900 USD',
    `budget: 900 USD\ncentral: { database: { class: ${MARK}db.t4g.medum } }`,
    '"db.t4g.medum" is not a database class of the catalogue, did you mean "db.t4g.medium"?',
  ],
  'zone that is not a name': [
    'budget: 900 USD',
    `budget: 900 USD\ncentral: { zone: ${MARK}"https://example.org" }`,
    '"https://example.org" is not a DNS zone; write a name such as events.example.org',
  ],
  'version of tomorrow': [
    'micropop: 1',
    `micropop: ${MARK}2`,
    'this micropop reads version 1 of the format; write `micropop: 1`',
  ],
  'no venue': [
    EVENT.slice(EVENT.indexOf('venues:'), EVENT.indexOf('outage:')),
    `venues: ${MARK}{}\n`,
    'there is no venue; write at least one, such as `hall:`',
  ],
  'trace that is not there': [
    'trace: arrivals.csv',
    `trace: ${MARK}arivals.csv`,
    'trace "arivals.csv" is not there, did you mean "arrivals.csv"?',
  ],
  'trace in a folder that is not there': [
    'trace: arrivals.csv',
    `trace: ${MARK}traces/arrivals.csv`,
    'trace "traces/arrivals.csv" is not there; neither is its folder "traces"',
  ],
  'folder for a trace': [
    'trace: arrivals.csv',
    `trace: ${MARK}.`,
    'trace "." is a folder; name a file in it',
  ],
  'slice that the trace does not have': [
    'from: "1998-07-07T20:10:00Z"',
    `from: ${MARK}"1998-07-07T22:10:00Z"`,
    'the trace has no 120 minutes from 1998-07-07T22:10:00Z; write a minute from 1998-07-07T20:00:00Z to 1998-07-07T21:00:00Z',
  ],
  'outage file that is not there': [
    'outage: outage.yaml',
    `outage: ${MARK}outages.yaml`,
    'outage file "outages.yaml" is not there, did you mean "outage.yaml"?',
  ],
}

/** Where the mark cannot be in the replaced text, the complaint points at what comes before it. */
const PLACES: Record<string, string> = {
  'missing key': 'event.yaml:18:3',
  'on-site without an uplink': 'event.yaml:18:3',
  'box in a region': 'event.yaml:25:22',
  'machine of the region on-site': 'event.yaml:31:22',
}

test.each(Object.entries(MISTAKES))('%s', (name, [from, to, message]) => {
  const event = change(EVENT, from, to)
  const [first, ...others] = complaints({ event })
  expect(first).toBe(`${PLACES[name] ?? markOf('event.yaml', event)}: ${message}`)
  expect(others).toEqual([])
})

test('a type is not offered in every region', () => {
  const event = change(
    change(EVENT, 'region: eu-west-1', 'region: eu-north-1'),
    'instanceType: t3.large',
    `instanceType: ${MARK}t3a.large`,
  )
  expect(complaints({ event })).toEqual([
    `${markOf('event.yaml', event)}: t3a.large has no price in eu-north-1; most like it are t3.large, t3.medium and t3.small`,
  ])
})

test('a start that happens twice needs its offset from UTC, and then is exact', () => {
  const twice = change(EVENT, '2026-12-03T09:00', `${MARK}2027-10-31T01:30`)
  expect(complaints({ event: twice })).toEqual([
    `${markOf('event.yaml', twice)}: "2027-10-31T01:30" happens twice in Europe/Dublin: the clocks are set back; write 2027-10-31T01:30+01:00 or 2027-10-31T01:30+00:00`,
  ])
  const event = change(EVENT, '2026-12-03T09:00', '2027-10-31T01:30+00:00')
  expect(loadEvent(`${eventFolder({ event })}/event.yaml`).startMs).toBe(Date.UTC(2027, 9, 31, 1, 30))
})
