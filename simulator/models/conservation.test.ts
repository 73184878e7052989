// What a run counts at its end must be able to fail: each account is made wrong once, with real parts.
import { beforeAll, expect, test } from 'vitest'
import { loadEvent } from '../../infra/event/load.ts'
import type { LogRecord } from '../../runtime/queue/record.ts'
import { EventQueue } from '../engine/event-queue.ts'
import { stream } from '../engine/random.ts'
import { Recording } from '../recording.ts'
import { openScenario, planRehearsal, type Scenario } from '../scenario.ts'
import { testCalibration as calibration } from '../testing/calibration.ts'
import { popConfigOf } from '../twin-config.ts'
import { CentralNode } from './central-node.ts'
import { calibratedHardware } from './hardware.ts'
import { PopNode } from './pop-node.ts'
import { Processor } from './processor.ts'
import { UplinkLink } from './uplink-link.ts'
import { VenueSessions } from './venue-sessions.ts'

let scenario: Scenario
beforeAll(async () => {
  scenario = await openScenario(loadEvent('scenarios/events/hybrid-conference-2000.yaml'))
})

/** The hall of a rehearsal, 20 s into it. */
function hall() {
  const plan = planRehearsal(scenario, 1, 60)
  const clock = new EventQueue()
  const central = new CentralNode(clock, calibration.applyMs, stream(1, 'central'))
  const venue = scenario.topology.venues.find((of) => of.venue === 'hall')
  if (!venue) throw new Error('the event has no hall')
  const config = popConfigOf(venue)
  const synced: LogRecord[] = []
  const pop: PopNode = new PopNode({
    name: 'hall',
    clock,
    central,
    uplinks: [new UplinkLink(clock, { rateBps: 1e7, rttMs: 30 })],
    calibration,
    processor: new Processor({ clock, idleShare: 0, ...calibratedHardware(calibration, config) }),
    disk: null,
    fanOut: 'measured',
    config,
    random: { retry: stream(1, 'retry'), commit: stream(1, 'commit') },
    acked: (client, _lane, seq, afterMs) => sessions.acked(client, seq, afterMs),
    refused: (client, _lane, seq) => sessions.refusedOne(client, seq),
    deliver: (record, extraMs, spreadMs) => sessions.deliver(record, extraMs, spreadMs),
    synced: (record) => synced.push(record),
    subscribers: () => sessions.sessions,
  })
  const recording = new Recording(plan.durationMs / 1000)
  const random = stream(1, 'pages')
  const sessions: VenueSessions = new VenueSessions({
    clock,
    recording,
    calibration,
    plan,
    venue: 'hall',
    pop,
    random,
    linkRandom: stream(1, 'links'),
  })
  pop.start()
  clock.run(20_000)
  return { clock, central, sessions, synced }
}

test('messages, bytes and times add up in the middle of a run', () => {
  const { clock, sessions, synced } = hall()
  expect(sessions.acknowledged).toBeGreaterThan(10)
  expect(synced.length).toBeGreaterThan(10)
  clock.verify()
})

test('a publish that nobody acknowledged, gave up or holds is missed', () => {
  const { clock, sessions } = hall()
  sessions.published++
  expect(() => clock.verify()).toThrow(expect.objectContaining({ code: 'MP_MESSAGES_LOST', exitCode: 5 }))
})

test('a record at central that the PoP did not send is noticed, and a message that comes twice is counted', () => {
  const { clock, central, synced } = hall()
  const [record] = synced
  const next = central.of('hall').watermarks.interactive + 1
  const forged = central.connection('hall', () => {})
  forged.batch({ lane: 'interactive', first: next, records: [record as LogRecord] })
  clock.run(20_000 + 5 * Math.max(...calibration.applyMs))
  expect(central.appliedTwice).toBe(1)
  central.of('hall').applied++
  expect(() => clock.verify()).toThrow(expect.objectContaining({ code: 'MP_MESSAGES_LOST' }))
})

test('bytes that were sent arrived, were lost in a cut or are on their way; a size that is no number is noticed', () => {
  const clock = new EventQueue()
  const link = new UplinkLink(clock, { rateBps: 8_000, rttMs: 10 })
  const connection = link.connect(
    () => {},
    () => {},
  )
  let arrived = 0
  for (let i = 0; i < 10; i++) connection.toCentral(5, () => arrived++)
  clock.run(25)
  clock.verify()
  link.cut()
  connection.toPop(7, () => {})
  clock.run(1_000)
  clock.verify()
  expect([arrived, link.sentBytes]).toEqual([4, 50])
  connection.toCentral(Number.NaN, () => {})
  expect(() => clock.verify()).toThrow(expect.objectContaining({ code: 'MP_BYTES_LOST' }))
})
