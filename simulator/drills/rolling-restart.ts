// Runbook: central and every PoP are started again one at a time, while attendees publish.
import { type RehearsalClock, until } from '../rehearsal/clock.ts'
import type { Crowd } from './crowd.ts'
import { DrillFailed } from './drill-failed.ts'
import type { DrillSite } from './drill-site.ts'
import type { PopMachine } from './pop-machine.ts'
import type { Drill, Runbook, RunbookStep, Venues } from './runbook.ts'

const SERVED_WITHIN_MS = 20_000
const CONNECTED_WITHIN_MS = 20_000
const POLL_MS = 25

interface Served {
  pop: PopMachine
  crowd: Crowd
}

interface RestartStage {
  site: DrillSite
  /** By venue, in the event's order. */
  venues: Map<string, Served>
}

async function open(site: DrillSite, venues: Venues, signal: AbortSignal): Promise<RestartStage> {
  const stage: RestartStage = { site, venues: new Map() }
  for (const venue of venues) {
    const pop = await site.machine(venue, venue.venue)
    await pop.serve(signal)
    stage.venues.set(venue.venue, { pop, crowd: site.crowd(venue, () => async () => pop.address) })
  }
  return stage
}

async function served({ pop, crowd }: Served, signal: AbortSignal): Promise<string> {
  await crowd.served({ by: [pop], limitMs: SERVED_WITHIN_MS, signal })
  const { sessions, backlog } = await pop.queue()
  return `${sessions} sessions at ${pop.name}, each answered; backlog ${backlog}`
}

async function allServed({ venues }: RestartStage, signal: AbortSignal): Promise<string> {
  const seen: string[] = []
  for (const one of venues.values()) seen.push(await served(one, signal))
  return seen.join('; ')
}

async function connected(pop: PopMachine, clock: RehearsalClock, signal: AbortSignal): Promise<void> {
  await until(async () => (await pop.queue()).connected || undefined, {
    ...{ clock, everyMs: POLL_MS, limitMs: CONNECTED_WITHIN_MS, signal },
    onLate: () => new DrillFailed(`${pop.name} found no way to central in ${CONNECTED_WITHIN_MS / 1_000} s`),
  })
}

async function allConnected({ site, venues }: RestartStage, signal: AbortSignal): Promise<void> {
  for (const { pop } of venues.values()) await connected(pop, site.clock, signal)
}

const look: RunbookStep<RestartStage> = {
  id: 'look',
  title: 'Central and every PoP are well',
  look: 'At each PoP: does it serve, does central hear it, has it room? Restart in a calm part of the show, never in a poll.',
  type: ['curl -s http://127.0.0.1:7071/v1/queue', 'curl -s http://127.0.0.1:7081/healthz   # at central'],
  expect: '`connected` and `writable` are true, `backlog` is near 0; central answers `"ok":true`.',
  stop: 'One of them is not well: mend that first. Restarting a second one beside it takes away what is left.',
  back: 'Nothing was done.',
  limitMs: 60_000,
  perform: allServed,
}

const central: RunbookStep<RestartStage> = {
  id: 'central',
  title: 'Central is started again; the PoPs keep what attendees send meanwhile',
  look: 'Central first: it understands PoPs of the version before its own, and not the other way round.',
  type: [
    'aws ecs update-service --cluster CLUSTER --service SERVICE --force-new-deployment   # as the program set it up',
    'sudo systemctl restart micropop-central   # on a machine of your own',
  ],
  expect:
    'Attendees notice nothing. Within seconds every PoP says `connected` true again and its `backlog` falls.',
  stop: 'A PoP is not connected after a minute. Attendees are still served: there is time to look, the queue holds the day.',
  back: 'Start central again as it was before, on the same database.',
  limitMs: 120_000,
  perform: async (stage, signal) => {
    const { process: server } = stage.site.central
    await server.end(signal)
    const without = await allServed(stage, signal)
    await stage.site.central.start(signal)
    await allConnected(stage, signal)
    return `without central: ${without}; then every PoP connected again`
  },
  rollback: async (stage, signal) => {
    if (!stage.site.central.process.running) await stage.site.central.start(signal)
    await allConnected(stage, signal)
    return 'central runs, every PoP is connected'
  },
}

const pop: RunbookStep<RestartStage> = {
  id: 'pop',
  title: 'One PoP is started again; its sessions come back to it',
  look: 'One venue at a time, the quietest first. The next one only when this one has its sessions back.',
  type: [
    'sudo systemctl restart micropop-pop   # a machine that the program set up',
    'kubectl -n micropop-EVENT rollout restart statefulset/pop   # a k3s box',
    'curl -s http://127.0.0.1:7071/v1/queue',
  ],
  expect:
    'Sessions are told to come back and do, with all that they missed. `sessions` is what it was, `connected` is true.',
  stop: 'It does not start (`journalctl -u micropop-pop -n 50`, `kubectl -n micropop-EVENT logs pop-0`), or fewer than nine in ten are back after a minute.',
  back: 'Start it as it was before, on the same disk: `kubectl -n micropop-EVENT rollout undo statefulset/pop`, or the image of before. What was acknowledged is on that disk.',
  limitMs: 120_000,
  perform: async () => {
    throw new Error('performed at each venue')
  },
}

/** The step at one venue. */
function popAt(venue: string): RunbookStep<RestartStage> {
  const at = ({ venues }: RestartStage): Served => {
    const found = venues.get(venue)
    if (!found) throw new Error(`no venue ${venue} on this stage`)
    return found
  }
  return {
    ...pop,
    id: `pop-${venue}`,
    title: `The PoP of ${venue} is started again; its sessions come back to it`,
    perform: async (stage, signal) => {
      const one = at(stage)
      await one.pop.process.end(signal)
      await one.pop.serve(signal)
      return await served(one, signal)
    },
    rollback: async (stage, signal) => {
      const one = at(stage)
      await one.pop.serveAgain(signal)
      return await served(one, signal)
    },
  }
}

const settled: RunbookStep<RestartStage> = {
  id: 'settled',
  title: 'Everyone is back, and nobody missed a message',
  look: 'Once more at each PoP, and at a phone in each hall.',
  type: ['curl -s http://127.0.0.1:7071/v1/queue'],
  expect:
    '`sessions` as in the first step, `connected` true, `backlog` near 0, `compared` without `differing`.',
  stop: '`backlog` only grows: central does not take what it is sent; look at its log.',
  back: 'Nothing is to be undone.',
  limitMs: 60_000,
  perform: async (stage, signal) => {
    const seen = await allServed(stage, signal)
    const attendees = [...stage.venues.values()].flatMap(({ crowd }) => crowd.attendees)
    const missed = attendees.filter(({ toldGaps, silentGaps }) => toldGaps + silentGaps > 0).length
    if (missed > 0) throw new DrillFailed(`${missed} attendees missed messages`)
    return seen
  },
}

const runbook: Runbook<RestartStage> = {
  name: 'rolling-restart',
  title: 'Start everything again, one at a time',
  when:
    'A new version, another configuration, a machine that has to be started again. While central is down attendees notice ' +
    'nothing; at a PoP each session is gone for a few seconds and then gets all that it missed.',
  needs: [
    'A calm part of the run of show: about a minute a PoP.',
    'The version from before, where this is an upgrade: its image or its folder.',
  ],
  steps: [look, central, pop, settled],
}

export const rollingRestart: Drill<RestartStage> = {
  runbook,
  venues: 'all',
  open,
  stepsAt: (venues) => [look, central, ...venues.map(({ venue }) => popAt(venue)), settled],
}
