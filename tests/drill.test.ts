// Runbooks performed for real: machines that hand over, and a second machine that is killed in the middle of it.
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeAll, beforeEach, expect, onTestFinished, test } from 'vitest'
import { loadEvent } from '../infra/event/load.ts'
import { type DrillName, type DrillResult, wentWell } from '../simulator/drills/drill-result.ts'
import type { DrillSite } from '../simulator/drills/drill-site.ts'
import { type DrillOptions, performDrill } from '../simulator/drills/perform-drill.ts'
import { findDnsmasq } from '../simulator/drills/resolver.ts'
import { findToxiproxy } from '../simulator/rehearsal/live-tools.ts'
import { identify } from '../simulator/rehearsal/proc-stat.ts'
import { openScenario, type Scenario } from '../simulator/scenario.ts'
import type { VenueTopology } from '../simulator/topology.ts'
import { ROOT } from './source-tree.ts'

const ATTENDEES = 8
/** Seconds: the drill waits for all of it. */
const TTL_S = 2
const LIMIT_MS = 180_000

let scenario: Scenario

beforeAll(async () => {
  scenario = await openScenario(loadEvent(join(ROOT, 'scenarios', 'events', 'hybrid-conference-2000.yaml')))
})

beforeEach(async ({ skip }) => {
  await findToxiproxy().catch((error: Error) => skip(error.message))
})

interface Drilled {
  result: DrillResult
  site: DrillSite
}

/** Performs it in a folder of its own, and checks that nothing of it runs on. */
async function drill(
  name: DrillName,
  more: Partial<Omit<DrillOptions, 'onBegin'>> = {},
  onBegin: (step: string, site: DrillSite) => void = () => {},
): Promise<Drilled> {
  const workDir = await mkdtemp(join(tmpdir(), 'micropop-drill-'))
  onTestFinished(() => rm(workDir, { recursive: true, force: true }))
  const pids = new Set<number>()
  let site: DrillSite | undefined
  const result = await performDrill(name, {
    ...{ event: scenario.event.name, topology: scenario.topology, attendees: ATTENDEES },
    ...{ workDir, reproduce: '', ...more },
    onSite: (opened) => {
      site = opened
    },
    onBegin: ({ id, back }) => {
      for (const { process: server } of site?.machines ?? []) if (server.pid) pids.add(server.pid)
      if (site && !back) onBegin(id, site)
    },
  })
  for (const pid of pids) expect(await identify(pid)).toBeNull()
  if (wentWell(result)) expect(await readdir(join(workDir, 'run'))).toEqual([])
  return { result, site: site as DrillSite }
}

function kill(site: DrillSite, name: string): void {
  const pid = site.machines.find((machine) => machine.name === name)?.process.pid
  if (!pid) throw new Error(`${name} does not run`)
  process.kill(pid, 'SIGKILL')
}

const NOTHING_LOST = { lost: 0, appliedTwice: 0, foreign: 0, unanswered: 0, silentGaps: 0 }

test(
  'handoff: the second machine has the sessions and the queue, and central every message once',
  async () => {
    const { result } = await drill('handoff')
    expect(result).toMatchObject({ failure: null, servedBy: ['hall-second'], account: NOTHING_LOST })
    expect(result.attendance).toMatchObject({ present: ATTENDEES, reconnects: ATTENDEES })
    expect(result.account.acknowledged).toBe(result.account.published)
    expect(wentWell(result)).toBe(true)
  },
  LIMIT_MS,
)

test(
  'handoff: a second machine killed while it follows is not promoted; the first one serves again',
  async () => {
    const { result } = await drill('handoff', {}, (step, site) => {
      if (step === 'drain') kill(site, 'hall-second')
    })
    expect(['compare', 'promote']).toContain(result.failure?.step)
    expect(result.rollback.map(({ outcome }) => outcome)).not.toContain('not taken back')
    expect(result).toMatchObject({ servedBy: ['hall-first'], account: NOTHING_LOST })
    expect(result.attendance.present).toBe(ATTENDEES)
    expect(wentWell(result)).toBe(false)
  },
  LIMIT_MS,
)

test(
  'handoff: one killed after it took over gives back what it was promised; the first one serves again',
  async () => {
    const { result } = await drill('handoff', {}, (step, site) => {
      if (step === 'return') kill(site, 'hall-second')
    })
    expect(result.failure).toMatchObject({ step: 'return', why: 'hall-second has ended' })
    expect(result.rollback.map(({ id, outcome }) => `${id} ${outcome}`)).toEqual([
      'move taken back',
      'promote taken back',
      'drain taken back',
      'follow taken back',
    ])
    expect(result).toMatchObject({ servedBy: ['hall-first'], account: NOTHING_LOST })
  },
  LIMIT_MS,
)

test(
  'handoff: the first machine killed in mid-drain comes back with what it had',
  async () => {
    const { result } = await drill('handoff', {}, (step, site) => {
      if (step === 'drain') kill(site, 'hall-first')
    })
    expect(result.failure?.step).toBe('drain')
    expect(result).toMatchObject({ servedBy: ['hall-first'], account: NOTHING_LOST })
  },
  LIMIT_MS,
)

test(
  'rolling restart: central and every PoP are started again, and nobody misses a message',
  async () => {
    const { result } = await drill('rolling-restart')
    expect(result.steps.map(({ id }) => id)).toEqual(['look', 'central', 'pop-hall', 'pop-remote', 'settled'])
    expect(result).toMatchObject({ failure: null, account: { ...NOTHING_LOST, toldGaps: 0 } })
    expect(result.attendance).toMatchObject({ present: 2 * ATTENDEES, reconnects: 2 * ATTENDEES })
    expect(wentWell(result)).toBe(true)
  },
  LIMIT_MS,
)

test(
  'rolling restart: a PoP that is killed meanwhile ends it, and serves again from its disk',
  async () => {
    const { result } = await drill('rolling-restart', {}, (step, site) => {
      if (step === 'pop-hall') kill(site, 'hall')
    })
    expect(result.failure?.step).toBe('pop-hall')
    expect(result.rollback.map(({ id, outcome }) => `${id} ${outcome}`)).toEqual([
      'pop-hall taken back',
      'central taken back',
    ])
    expect(result).toMatchObject({ servedBy: ['hall', 'remote'], account: NOTHING_LOST })
  },
  LIMIT_MS,
)

test(
  'rolling restart: a central that is killed meanwhile comes back, and PoPs kept everything for it',
  async () => {
    const { result } = await drill('rolling-restart', { venue: 'hall' }, (step, { central }) => {
      if (step === 'pop-hall') process.kill(central.process.pid as number, 'SIGKILL')
    })
    expect(result.failure?.step).toBe('pop-hall')
    expect(result.rollback.map(({ outcome }) => outcome)).toEqual(['taken back', 'taken back'])
    expect(result).toMatchObject({ servedBy: ['hall'], account: NOTHING_LOST })
  },
  LIMIT_MS,
)

test(
  'dns-swap: the old PoP is drained once the TTL has passed, and central gets what both had',
  async (context) => {
    await findDnsmasq().catch((error: Error) => context.skip(error.message))
    const { result } = await drill('dns-swap', { ttlS: TTL_S })
    expect(result).toMatchObject({ failure: null, servedBy: ['hall-new'], account: NOTHING_LOST })
    expect(result.steps.find(({ id }) => id === 'wait')?.tookS).toBeGreaterThanOrEqual(TTL_S)
    expect(result.commands[0]).toContain('"Name":"hall.hybrid-conference-2000.conference.example.org."')
    expect(wentWell(result)).toBe(true)
  },
  LIMIT_MS,
)

test(
  'dns-swap: a new PoP that is killed gives back the name, and what it was promised from its disk',
  async (context) => {
    await findDnsmasq().catch((error: Error) => context.skip(error.message))
    const { result } = await drill('dns-swap', { ttlS: TTL_S }, (step, site) => {
      if (step === 'drain') kill(site, 'hall-new')
    })
    expect(result.failure).toMatchObject({ step: 'drain' })
    expect(result.rollback.map(({ id, outcome }) => `${id} ${outcome}`)).toEqual([
      'drain taken back',
      'change taken back',
      'spare taken back',
    ])
    expect(result).toMatchObject({ servedBy: ['hall-old'], account: NOTHING_LOST })
  },
  LIMIT_MS,
)

test(
  'a drill that is cancelled ends everything that it started, and leaves nothing',
  async () => {
    const cancel = new AbortController()
    let pids: (number | null)[] = []
    const cancelled = drill('handoff', { signal: cancel.signal }, (step, { machines, central }) => {
      if (step !== 'drain') return
      pids = [central, ...machines].map(({ process: server }) => server.pid)
      cancel.abort(new Error('Ctrl-C'))
    })
    await expect(cancelled).rejects.toThrow('Ctrl-C')
    expect(pids).toHaveLength(3)
    for (const pid of pids) expect(await identify(pid as number)).toBeNull()
  },
  LIMIT_MS,
)

test('a step or venue that is not there is refused before anything starts', async () => {
  await expect(drill('handoff', { failAt: 'nowhere' })).rejects.toMatchObject({ code: 'MP_DRILL_STEP' })
  await expect(drill('handoff', { venue: 'cellar' })).rejects.toMatchObject({ code: 'MP_VENUE_UNKNOWN' })
  const [venue] = scenario.topology.venues
  const many = Array.from({ length: 9 }, (_, i) => ({ ...(venue as VenueTopology), venue: `hall-${i}` }))
  const topology = { ...scenario.topology, venues: many }
  await expect(drill('rolling-restart', { topology })).rejects.toMatchObject({ code: 'MP_DRILL_VENUES' })
})
