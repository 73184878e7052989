// The events that are shipped load, and are what their names promise.
import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { loadEvent } from '../infra/event/load.ts'

const path = (name: string) => fileURLToPath(new URL(name, import.meta.url))
const load = (name: string) => loadEvent(path(`events/${name}.yaml`))

test('every event and the starter load', () => {
  const names = readdirSync(path('events'))
  expect(names).toHaveLength(4)
  for (const name of names) expect(loadEvent(path(`events/${name}`)).name).toBe(name.replace('.yaml', ''))
  expect(loadEvent(path('starter-event.yaml')).outage).toBeNull()
})

test('the conference: 2,000 attendees, 8 hours, a box in the hall and a burstable machine for those at home', () => {
  const event = load('hybrid-conference-2000')
  expect(event.venues.map(({ attendees, placement, pop }) => [attendees, placement, pop.platform])).toEqual([
    [1_200, 'on-site', 'k3s'],
    [800, 'region', 'ec2'],
  ])
  expect(event.venues[1]?.pop).toMatchObject({ policy: 'burstable' })
  expect(event.dayS).toBe(8 * 3_600)
  expect(event.runOfShow.find(({ name }) => name === 'poll')?.engagement).toBe('peak')
})

test('its arrivals are 480 real minutes: half of them in the first hour, three quarters in two, the peak in the 57th minute', () => {
  const { perMinute, source } = load('hybrid-conference-2000').arrivals
  const total = perMinute.reduce((sum, n) => sum + n, 0)
  const upTo = (minutes: number) => perMinute.slice(0, minutes).reduce((sum, n) => sum + n, 0) / total
  expect(source).toBe('worldcup98-1998-07-07.csv, 480 minutes from 1998-07-07T20:45:00Z')
  expect(perMinute).toHaveLength(480)
  expect(upTo(60)).toBeCloseTo(0.52, 2)
  expect(upTo(120)).toBeCloseTo(0.73, 2)
  expect(perMinute.indexOf(Math.max(...perMinute))).toBe(56)
})

test('its outage cuts the hall off in the poll for five minutes, 25 seconds live', () => {
  const { outage, runOfShow } = load('hybrid-conference-2000')
  const poll = runOfShow.find(({ name }) => name === 'poll')
  const [step] = outage?.steps ?? []
  expect(step).toMatchObject({ target: 'uplink', venue: 'hall', durationS: 300, rehearseS: 25 })
  expect(step?.startS).toBeGreaterThan(poll?.startS ?? 0)
  expect((step?.startS ?? 0) + 300).toBeLessThan((poll?.startS ?? 0) + (poll?.durationS ?? 0))
})

test('the series lasts five days at three venues, the stand one afternoon at one', () => {
  const series = load('week-long-series')
  expect([series.days, series.venues.length]).toEqual([5, 3])
  const stand = load('pop-up-stand')
  expect([stand.days, stand.dayS, stand.venues.length]).toEqual([1, 4 * 3_600, 1])
  expect(stand.venues[0]).toMatchObject({ attendees: 150, placement: 'region' })
})

test('every outage file is some event’s or can be tried on the conference, and every live step is 20 to 30 s', () => {
  const own = readdirSync(path('events')).map((name) => loadEvent(path(`events/${name}`)))
  const used = own.flatMap(({ outage }) => (outage ? [outage.file.split('/').at(-1)] : []))
  const others = readdirSync(path('outages')).filter((name) => !used.includes(name))
  expect(others).toEqual(['pop-power-loss.yaml'])
  const conference = path('events/hybrid-conference-2000.yaml')
  const tried = others.map((name) => loadEvent(conference, { outage: path(`outages/${name}`) }))
  for (const { outage } of [...own, ...tried]) {
    for (const { rehearseS } of outage?.steps ?? []) expect(rehearseS >= 20 && rehearseS <= 30).toBe(true)
  }
})

test('every trace is named in the README with its source, and the notices travel with it', () => {
  const readme = readFileSync(path('traces/README.md'), 'utf8')
  for (const name of readdirSync(path('traces')).filter((file) => file.endsWith('.csv'))) {
    expect(readme).toContain(`\`${name}\``)
  }
  for (const name of readdirSync(path('traces/licences'))) expect(readme).toContain(`licences/${name}`)
  const notice = readFileSync(path('traces/licences/WorldCup98-description-and-copyright.html'), 'utf8')
  expect(notice).toContain('Copyright (C) 1997, 1998, 1999 Hewlett-Packard Company')
})
