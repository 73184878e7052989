// The same run without PoPs: the plan's sessions and actions, but attendees talk to central across the venue's uplink.
//
// Central is taken to be as large as it need be: its time is one writer's, as with PoPs, and fan-out costs nothing. An
// uplink serves first come, first served; headers of frames count as little as they do with PoPs. All of that favours
// doing without.
import { EventQueue } from '../engine/event-queue.ts'
import { stream } from '../engine/random.ts'
import { CentralNode, writersOf } from '../models/central-node.ts'
import { Recording } from '../recording.ts'
import { resultOfRun } from '../result-of-run.ts'
import type { RunResult } from '../run-result.ts'
import { venueOf } from '../topology.ts'
import { drain, runUntil, type TwinOptions } from '../twin.ts'
import { popConfigOf } from '../twin-config.ts'
import type { Usage } from '../usage.ts'
import { checkOutages } from '../workload/check-outages.ts'
import { DirectSessions } from './direct-sessions.ts'

/** As `runTwin`: same arguments, same result; the same figures and the same errors. */
export async function runBaseline(options: TwinOptions): Promise<RunResult> {
  const { event, topology, plan, calibration, signal, progress, wallMs } = options
  const startedMs = wallMs()
  checkOutages(plan)
  const clock = new EventQueue()
  const recording = new Recording(plan.durationMs / 1000)
  const central = new CentralNode(clock, calibration.applyMs, stream(plan.seed, 'central'), writersOf(plan))
  const venues = plan.venues.map(({ name }) => {
    const at = venueOf(topology, name)
    const sessions = new DirectSessions({
      clock,
      recording,
      calibration,
      plan,
      venue: name,
      onSite: at.placement === 'on-site',
      central,
      history: popConfigOf(at).limits.historyMessages,
      random: stream(plan.seed, 'pages', name),
    })
    for (const { target, startS, endS } of plan.outages.filter(({ venue }) => venue === name)) {
      // Without a PoP there is no process at the venue to kill.
      if (target === 'pop') continue
      // In the region only the way as a whole can be cut.
      const cut = at.placement === 'on-site' ? target : 'uplink'
      clock.at(startS * 1000, () => sessions.uplink.cut(cut))
      clock.at(endS * 1000, () => sessions.uplink.restore(cut))
    }
    return { name, sessions }
  })
  const sum = (of: (sessions: DirectSessions) => number) =>
    venues.reduce((total, { sessions }) => total + of(sessions), 0)
  const published = () => sum((sessions) => sessions.published)
  let sentBefore = 0
  const observe = (s: number) => {
    const sent = sum(({ uplink }) => uplink.sentBytes)
    const backlog = published() - central.messages
    recording.second(s, { backlog, uplinkBytes: sent - sentBefore, sessions: sum((of) => of.sessions) })
    sentBefore = sent
    if ((s + 2) * 1000 <= plan.durationMs) clock.after(1000, () => observe(s + 1))
  }
  clock.at(1000, () => observe(0))

  await runUntil(clock, plan.durationMs, signal, progress)
  drain(clock, plan.durationMs, () => sum((sessions) => sessions.waiting), signal)
  for (const { sessions } of venues) sessions.end()
  clock.verify()

  const window = { startMs: event.startMs + plan.window.startS * 1000, endMs: 0 }
  window.endMs = window.startMs + plan.durationMs
  const usage = (meter: string, quantity: number): Usage => {
    return { urn: topology.central.urn, meter, quantity: quantity / 1e9, unit: 'GB', window, source: 'twin' }
  }
  return resultOfRun(plan, recording, event.serviceLevels.ackP99Ms, {
    source: 'twin',
    outage: plan.outages.length > 0 ? (event.outage?.name ?? 'outage') : null,
    conservation: {
      published: published(),
      acknowledged: sum((sessions) => sessions.acknowledged),
      atCentral: central.messages,
      lost: sum((sessions) => sessions.lost(central)),
      appliedTwice: central.appliedTwice,
      refused: 0,
    },
    usage: [
      usage(
        'attendee-egress',
        sum(({ deliveredBytes, pageBytes }) => deliveredBytes + pageBytes),
      ),
      usage(
        'uplink-sent',
        sum(({ uplink }) => uplink.sentBytes),
      ),
    ],
    outsideRange: ['Nothing of a run without PoPs was measured: no rehearsal is one.'],
    tookS: (wallMs() - startedMs) / 1000,
    reproduce: options.reproduce,
  })
}
