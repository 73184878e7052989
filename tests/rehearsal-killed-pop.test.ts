// A real rehearsal that kills the real process of a PoP: nothing acknowledged is lost, nothing arrives twice.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { loadEvent } from '../infra/event/load.ts'
import { VoidRun } from '../runtime/errors.ts'
import { calibrationOf } from '../simulator/calibration/calibrate.ts'
import { findLiveTools } from '../simulator/rehearsal/live-tools.ts'
import { rehearse } from '../simulator/rehearsal/rehearse.ts'
import { readRun } from '../simulator/rehearsal/run-files.ts'
import { openScenario, planRehearsal } from '../simulator/scenario.ts'
import { confirm } from '../simulator/shrink/confirm.ts'
import { testCalibration } from '../simulator/testing/calibration.ts'
import { runTwin } from '../simulator/twin.ts'
import { judgeAll } from '../simulator/verdict.ts'
import type { Action, DrawnPlan, DrawnSession } from '../simulator/workload/run-plan.ts'
import { ROOT } from './source-tree.ts'

const SESSIONS = 8
const DURATION_MS = 16_000
const GONE = { startS: 3, endS: 5 }
/** A run that is void because the machine was busy says nothing about the product: it is made again. */
const ATTEMPTS = 3

test('killed with kill -9 and started again on its disk, a PoP keeps what it acknowledged, and gets the rest once', {
  timeout: 180_000,
}, async ({ skip }) => {
  const tools = await findLiveTools().catch((error: Error) => skip(error.message))
  const scenario = await openScenario(loadEvent(join(ROOT, 'scenarios', 'events', 'pop-up-stand.yaml')))
  const drawn = planRehearsal(scenario, 1, SESSIONS)
  const [venue] = drawn.venues
  if (venue === undefined) throw new Error('the event has no venue')
  const sessions = Array.from({ length: SESSIONS }, (_, i): DrawnSession => {
    const actions = Array.from({ length: 40 }, (_, n): Action => {
      return { atMs: 1_000 + n * 250 + i * 29, kind: n % 2 === 0 ? 'vote' : 'chat' }
    })
    const link = drawn.links[i % drawn.links.length]?.id as string
    const [startMs, endMs] = [i * 50, DURATION_MS - 500]
    return { client: `guest-${i}`, venue: venue.name, link, startMs, endMs, actions, dropsAtMs: [] }
  })
  const plan: DrawnPlan = {
    ...drawn,
    durationMs: DURATION_MS,
    venues: [{ ...venue, sessions: SESSIONS }],
    sessions,
    outages: [{ venue: venue.name, target: 'pop', ...GONE }],
  }
  const { event, topology } = scenario
  const live = async (attempt = 1) => {
    const workDir = await mkdtemp(join(tmpdir(), 'micropop-killed-'))
    onTestFinished(() => rm(workDir, { recursive: true, force: true }))
    try {
      return await rehearse(plan, { event, topology, tools, workDir, reproduce: 'test' })
    } catch (error) {
      if (!(error instanceof VoidRun) || error.code !== 'MP_VOID_LATE' || attempt === ATTEMPTS) throw error
      return live(attempt + 1)
    }
  }
  const { result, folder, ...wrong } = await live()
  const published = SESSIONS * 40
  expect(result.conservation).toEqual({
    published,
    acknowledged: published,
    atCentral: published,
    lost: 0,
    appliedTwice: 0,
    refused: 0,
  })
  expect(wrong).toMatchObject({ silentGaps: 0, foreign: 0, lostSessions: 0 })
  const run = await readRun(folder)
  expect(run.facts.timeline.map((step) => step.do)).toEqual(['kill', 'start'])
  const drops = (await Array.fromAsync(run.attendees())).filter(({ k }) => k === 'drop')
  expect(drops.length).toBeGreaterThanOrEqual(SESSIONS)

  // How long it took to start is what the twin takes for it, once it is calibrated by this run.
  const [startedMs, ...others] = run.facts.popStartMs ?? []
  expect(startedMs).toBeGreaterThan(100)
  expect(others).toEqual([])
  const calibration = await calibrationOf([run], testCalibration)
  expect(calibration.popStartMs).toEqual([startedMs])

  // What the twin of this run says that the kill breaks, the live run breaks too.
  const twin = await runTwin({ event, topology, plan, calibration, reproduce: 'test', wallMs: () => 0 })
  const broken = judgeAll(twin, event.serviceLevels).filter(({ outcome }) => outcome === 'missed')
  expect(broken.map(({ level }) => level)).toContain('Acknowledged, p99')
  expect(confirm(event, broken, result, twin)).toMatchObject({ confirmed: true, why: [] })
})
