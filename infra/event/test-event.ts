// Test support: a valid event in a folder of its own, and copies of it with one marked mistake.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import { describe } from '../../runtime/errors.ts'
import { type LoadOptions, loadEvent } from './load.ts'
import { InvalidEvent } from './problems.ts'

/** Stands in a text where a complaint is expected to point, and is taken out. */
export const MARK = '▸'

export const EVENT = `micropop: 1
event:
  name: test-event
  title: A test event
  region: eu-west-1
  timezone: Europe/Dublin
show:
  starts: 2026-12-03T09:00
  days: 1
  runOfShow:
    - { name: doors, duration: 30m, engagement: low }
    - { name: keynote, duration: 1h, engagement: high }
    - { name: poll, duration: 30m, engagement: peak }
window: { setup: 4h, teardown: 2h }
budget: 900 USD
arrivals: { trace: arrivals.csv, from: "1998-07-07T20:10:00Z" }
venues:
  hall:
    placement: on-site
    attendees: 1200
    access:
      - { technology: wifi_5GHz, signal: strong, share: 60 % }
      - { technology: wifi_2.4GHz, signal: medium, share: 40 % }
    uplink: { rate: 10 Mbit/s, rtt: 35ms }
    pop: { platform: k3s, cores: 4, memory: 16 GB, queue: 20 GB }
  remote:
    placement: region
    attendees: 800
    access: [{ technology: 4g, signal: medium }]
    pop: { platform: ec2, instanceType: t3.large, policy: burstable, volume: 40 GB, queue: 20 GB }
outage: outage.yaml
`

export const OUTAGE = `micropop: 1
outage: { name: test-outage }
steps:
  - { link: uplink, venue: hall, segment: poll, at: 2m, duration: 5m, rehearse: 20s }
`

/** 180 minutes from 1998-07-07T20:00Z, rising by one request a minute. */
export const ARRIVALS = [
  'minute_gmt,requests',
  ...Array.from({ length: 180 }, (_, minute) => {
    const time = new Date(Date.UTC(1998, 6, 7, 20, minute)).toISOString().replace('.000', '')
    return `${time},${1_000 + minute}`
  }),
  '',
].join('\n')

export interface TestFiles {
  event?: string
  outage?: string
  arrivals?: string
  /** Other files of the folder, by name. */
  others?: Record<string, string | Uint8Array>
}

/** A folder with an event, its outage and its trace; gone after the test. Returns the folder. */
export function eventFolder({
  event = EVENT,
  outage = OUTAGE,
  arrivals = ARRIVALS,
  others = {},
}: TestFiles = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'micropop-event-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  const files = { 'event.yaml': event, 'outage.yaml': outage, 'arrivals.csv': arrivals, ...others }
  for (const [name, text] of Object.entries(files)) {
    writeFileSync(join(folder, name), typeof text === 'string' ? text.replaceAll(MARK, '') : text)
  }
  return folder
}

/** What `loadEvent` prints about the files, one line a mistake, without folder and code; fails if it loads. */
export function complaints(files: TestFiles, options: LoadOptions = {}): string[] {
  const folder = eventFolder(files)
  const outage = options.outage === undefined ? {} : { outage: join(folder, options.outage) }
  const error = thrown(() => loadEvent(join(folder, 'event.yaml'), outage))
  return describe(error)
    .replaceAll(`${folder}/`, '')
    .split('\n')
    .slice(0, -1)
    .map((line) => line.replace(/ \[MP_EVENT_INVALID\]$/, ''))
}

export function thrown(act: () => unknown): InvalidEvent {
  try {
    act()
  } catch (error) {
    if (error instanceof InvalidEvent) return error
    throw error
  }
  throw new Error('it was accepted')
}

/** `from` in `text` replaced by `to`; `from` must be there once. */
export function change(text: string, from: string, to: string): string {
  if (text.split(from).length !== 2) throw new Error(`"${from}" is not in the text exactly once`)
  return text.replace(from, () => to)
}

/** `file:line:column` of the mark in a text. */
export function markOf(file: string, text: string): string {
  const before = text.slice(0, text.indexOf(MARK)).split('\n')
  if (!text.includes(MARK)) throw new Error('nothing is marked')
  return `${file}:${before.length}:${(before.at(-1)?.length ?? 0) + 1}`
}

export function readScenario(path: string): string {
  return readFileSync(new URL(`../../scenarios/${path}`, import.meta.url), 'utf8')
}
