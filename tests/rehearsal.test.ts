// The live rehearsal with everything real: what it measures, and that nothing is left of it however it ends.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmod, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeAll, beforeEach, describe, expect, onTestFinished, test } from 'vitest'
import { loadEvent } from '../infra/event/load.ts'
import { VoidRun } from '../runtime/errors.ts'
import { calibrationOf } from '../simulator/calibration/calibrate.ts'
import { rehearsalClock, until } from '../simulator/rehearsal/clock.ts'
import { sweepLeftovers } from '../simulator/rehearsal/leftovers.ts'
import { findLiveTools, type LiveTools } from '../simulator/rehearsal/live-tools.ts'
import { identify } from '../simulator/rehearsal/proc-stat.ts'
import { diesWithParent } from '../simulator/rehearsal/process-group.ts'
import { type LiveRun, type RehearsalOptions, rehearse } from '../simulator/rehearsal/rehearse.ts'
import { RUN_FILES, readRun } from '../simulator/rehearsal/run-files.ts'
import { openScenario, planRehearsal, type Scenario } from '../simulator/scenario.ts'
import type { Action, DrawnPlan, DrawnSession } from '../simulator/workload/run-plan.ts'
import { ROOT } from './source-tree.ts'

const EVENT = join(ROOT, 'scenarios', 'events', 'pop-up-stand.yaml')
const SESSIONS = 8
const DURATION_MS = 10_000
const OUTAGE = { startS: 3, endS: 6 }
/** A run that is void because the machine was busy says nothing about the product: it is made again. */
const ATTEMPTS = 3

let scenario: Scenario
let tools: LiveTools

beforeAll(async () => {
  scenario = await openScenario(loadEvent(EVENT))
})

beforeEach(async ({ skip }) => {
  tools = await findLiveTools().catch((error: Error) => skip(error.message))
})

/** A few attendees who do more in ten seconds than people would. */
function smallPlan(of = scenario): DrawnPlan {
  const plan = planRehearsal(of, 1, SESSIONS)
  const [venue] = plan.venues
  if (venue === undefined) throw new Error('the event has no venue')
  const sessions = Array.from({ length: SESSIONS }, (_, i): DrawnSession => {
    const actions: Action[] = Array.from({ length: 6 }, (_, n) => ({
      atMs: 1_000 + n * 1_300 + i * 37,
      kind: n === 0 ? 'page' : n % 2 === 0 ? 'vote' : 'chat',
    }))
    const link = plan.links[i % plan.links.length]?.id as string
    const [startMs, endMs] = [i * 50, DURATION_MS - 500]
    return { client: `guest-${i}`, venue: venue.name, link, startMs, endMs, actions, dropsAtMs: [5_000 + i] }
  })
  return {
    ...plan,
    durationMs: DURATION_MS,
    venues: [{ ...venue, sessions: SESSIONS }],
    sessions,
    outages: [{ venue: venue.name, target: 'uplink', ...OUTAGE }],
  }
}

async function workFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'micropop-rehearsal-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  return folder
}

function options(
  workDir: string,
  more: Partial<RehearsalOptions> = {},
  { event, topology } = scenario,
): RehearsalOptions {
  return { event, topology, tools, workDir, reproduce: 'npx micropop rehearse', ...more }
}

async function rehearseUntilValid(
  plan: DrawnPlan,
  of = scenario,
): Promise<{ live: LiveRun; workDir: string }> {
  for (let attempt = 1; ; attempt++) {
    const workDir = await workFolder()
    try {
      return { live: await rehearse(plan, options(workDir, {}, of)), workDir }
    } catch (error) {
      if (!(error instanceof VoidRun) || error.code !== 'MP_VOID_LATE' || attempt === ATTEMPTS) throw error
    }
  }
}

interface Recorded {
  name: string
  pid: number
}

/** The processes that a run has recorded so far. */
async function recorded(workDir: string): Promise<Recorded[]> {
  const runs = await readdir(join(workDir, 'run')).catch(() => [])
  const files = runs.map((run) => join(workDir, 'run', run, 'processes.json'))
  const texts = await Promise.all(files.map((file) => readFile(file, 'utf8').catch(() => '{"children":[]}')))
  return texts.flatMap((text) => JSON.parse(text).children)
}

function started(workDir: string, name: RegExp): Promise<Recorded> {
  return until(async () => (await recorded(workDir)).find((child) => name.test(child.name)), {
    clock: rehearsalClock,
    everyMs: 10,
    limitMs: 30_000,
    onLate: () => new Error(`${name} was not started`),
  })
}

async function expectGone(children: readonly Recorded[]): Promise<void> {
  await until(async () => ((await living(children)).length === 0 ? true : undefined), {
    clock: rehearsalClock,
    everyMs: 20,
    limitMs: 10_000,
    onLate: () => new Error(`still there: ${children.map(({ name, pid }) => `${name} ${pid}`).join(', ')}`),
  })
}

async function living(children: readonly Recorded[]): Promise<Recorded[]> {
  const found = await Promise.all(children.map(({ pid }) => identify(pid)))
  return children.filter((_, i) => found[i] !== null)
}

test('a small rehearsal: every acknowledged message crosses the outage, once', {
  timeout: 120_000,
}, async () => {
  const plan = smallPlan()
  const { live, workDir } = await rehearseUntilValid(plan)
  const publishes = plan.sessions
    .flatMap(({ actions }) => actions)
    .filter(({ kind }) => kind !== 'page').length
  expect(live.result.conservation).toEqual({
    published: publishes,
    acknowledged: publishes,
    atCentral: publishes,
    lost: 0,
    appliedTwice: 0,
    refused: 0,
  })
  expect(live).toMatchObject({ silentGaps: 0, foreign: 0, lostSessions: 0 })
  const figure = (id: string) => live.result.figures.find((candidate) => candidate.id === id)
  const chats = plan.sessions.flatMap(({ actions }) => actions).filter(({ kind }) => kind === 'chat').length
  // Everyone gets every chat, also those that were said while their socket was down.
  expect(figure('delivery-p50')?.samples).toBe(chats * SESSIONS)
  expect(figure('page-p50')?.samples).toBe(SESSIONS)
  expect(figure('backlog-peak')?.value).toBeGreaterThan(5)
  // What was said when the link was cut reached central after its return.
  expect(figure('sync-p99')?.value).toBeGreaterThan((OUTAGE.endS - OUTAGE.startS) * 500)
  expect(live.result.series.tS).toHaveLength(DURATION_MS / 1000)

  const run = await readRun(live.folder)
  expect(JSON.parse(await readFile(join(live.folder, RUN_FILES.result), 'utf8'))).toEqual(live.result)
  expect(run.facts.timeline.map((step) => step.do)).toEqual(['cut', 'restore'])
  expect(await run.watermarks()).toMatchObject([
    { pop: plan.venues[0]?.name, lane: 'interactive', applied: publishes, duplicates: 0 },
  ])
  for (const step of run.facts.timeline) expect(step.doneMs - step.atMs).toBeLessThan(500)
  const drops = (await Array.fromAsync(run.attendees())).filter(({ k }) => k === 'drop')
  expect(drops).toHaveLength(SESSIONS)
  // Too short to learn from, and it says so.
  await expect(calibrationOf([run])).rejects.toMatchObject({ code: 'MP_CALIBRATION_SMALL' })
  expect(await readdir(join(workDir, 'run'))).toEqual([])
})

test('a second uplink, partitions, votes that stay and are counted, an encrypted queue: all as the event says', {
  timeout: 90_000,
}, async () => {
  const { event } = scenario
  const backedUp = await openScenario({
    ...event,
    venues: event.venues.map((venue) => ({
      ...venue,
      backupUplink: { name: 'lte', technology: '4g' as const, rateBps: 5e6, rttMs: 60 },
      pop: { ...venue.pop, encryptQueue: true },
    })),
    channels: [
      { match: 'room.*', partitions: 3, slow: [], upstream: 'all', relay: true },
      { match: 'collect.*', partitions: 1, slow: [], upstream: 'none', relay: true },
    ],
    standing: [{ name: 'votes', ch: 'collect.poll', agg: { is: 'count', per: 'client' }, everyMs: 1_000 }],
  })
  const plan = smallPlan(backedUp)
  const { live } = await rehearseUntilValid(plan, backedUp)
  const actions = plan.sessions.flatMap(({ actions }) => actions)
  const count = (kind: Action['kind']) => actions.filter((action) => action.kind === kind).length
  expect(live.result.conservation).toEqual({
    published: count('chat') + count('vote'),
    acknowledged: count('chat') + count('vote'),
    atCentral: count('chat'),
    lost: 0,
    appliedTwice: 0,
    refused: 0,
  })
  expect(live).toMatchObject({ silentGaps: 0, foreign: 0, lostSessions: 0 })
  const figure = (id: string) => live.result.figures.find((candidate) => candidate.id === id)
  expect(figure('delivery-p50')?.samples).toBe(count('chat') * SESSIONS)
  const run = await readRun(live.folder)
  const counted = (await Array.fromAsync(run.central())).filter(({ ch }) => ch === 'agg.votes')
  expect(counted.map(({ body }) => (body as { to: number }).to)).toContain(count('vote'))
})

describe('what goes wrong leaves no process and no result', () => {
  async function failed(workDir: string, running: Promise<unknown>): Promise<unknown> {
    const error = await running.then(
      () => undefined,
      (reason) => reason,
    )
    await expectGone(await recorded(workDir))
    expect(await readdir(join(workDir, 'rehearsals')).catch(() => [])).toEqual([])
    return error
  }

  test('a PoP that dies at start', { timeout: 60_000 }, async () => {
    const workDir = await workFolder()
    const running = failed(workDir, rehearse(smallPlan(), options(workDir)))
    process.kill((await started(workDir, /^pop-/)).pid, 'SIGKILL')
    expect(await running).toMatchObject({
      code: 'MP_CHILD_DIED',
      exitCode: 5,
      message: expect.stringMatching(/^pop-\S+ ended early with signal SIGKILL/),
    })
  })

  test('a PoP that dies in mid-run ends the run at once', { timeout: 60_000 }, async () => {
    const workDir = await workFolder()
    const stages: string[] = []
    const running = failed(
      workDir,
      rehearse(smallPlan(), options(workDir, { onStage: (stage) => stages.push(stage) })),
    )
    await until(async () => stages.find((stage) => stage.endsWith('is cut')), {
      clock: rehearsalClock,
      everyMs: 10,
      limitMs: 30_000,
      onLate: () => new Error('the run did not come to its outage'),
    })
    process.kill((await started(workDir, /^pop-/)).pid, 'SIGKILL')
    expect(await running).toMatchObject({ code: 'MP_CHILD_DIED', exitCode: 5 })
    expect(stages).not.toContain('measuring')
  })

  test('a k6 that fails makes the run void, in its own words', { timeout: 60_000 }, async () => {
    const workDir = await workFolder()
    const broken = join(workDir, 'k6')
    await writeFile(broken, `#!/bin/sh\nexec '${tools.k6}' run /nowhere/script.ts\n`)
    await chmod(broken, 0o755)
    const running = rehearse(smallPlan(), options(workDir, { tools: { ...tools, k6: broken } }))
    expect(await failed(workDir, running)).toMatchObject({
      code: 'MP_VOID_GENERATOR',
      exitCode: 4,
      message: expect.stringContaining('/nowhere/script.ts'),
    })
  })

  test('a k6 that is killed makes the run void', { timeout: 60_000 }, async () => {
    const workDir = await workFolder()
    const running = failed(workDir, rehearse(smallPlan(), options(workDir)))
    process.kill((await started(workDir, /^k6$/)).pid, 'SIGKILL')
    expect(await running).toMatchObject({ code: 'MP_VOID_GENERATOR', exitCode: 4 })
  })
})

describe('the command', () => {
  function command(cwd: string): ChildProcess {
    const args = [join(ROOT, 'cli', 'micropop.mjs'), 'rehearse', EVENT, '--attendees', String(SESSIONS)]
    return spawn(process.execPath, args, { cwd, stdio: ['ignore', 'ignore', 'pipe'] })
  }

  test('Ctrl-C stops everything, removes what is half done and says 130', { timeout: 60_000 }, async () => {
    const cwd = await workFolder()
    const running = command(cwd)
    const exited = once(running, 'exit')
    const workDir = join(cwd, '.micropop')
    await started(workDir, /^k6$/)
    const children = await recorded(workDir)
    expect(children.map(({ name }) => name)).toEqual(expect.arrayContaining(['central', 'toxiproxy', 'k6']))
    running.kill('SIGINT')
    expect(await exited).toEqual([130, null])
    expect(await living(children)).toEqual([])
    expect(await readdir(join(workDir, 'run'))).toEqual([])
    expect(await readdir(join(workDir, 'rehearsals')).catch(() => [])).toEqual([])
  })

  test('killed with SIGKILL it takes everything with it, and the next start clears up', {
    timeout: 60_000,
  }, async ({ skip }) => {
    skip(!diesWithParent(), 'no setpriv with --pdeathsig on this machine')
    const cwd = await workFolder()
    const running = command(cwd)
    const workDir = join(cwd, '.micropop')
    await started(workDir, /^k6$/)
    const children = await recorded(workDir)
    running.kill('SIGKILL')
    await expectGone(children)
    expect(await readdir(join(workDir, 'run'))).toHaveLength(1)
    await sweepLeftovers(join(workDir, 'run'))
    expect(await readdir(join(workDir, 'run'))).toEqual([])
  })
})
