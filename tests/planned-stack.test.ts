// What `micropop plan --write` chose is what the real Pulumi engine would deploy, until the event file is another.
import { execFile } from 'node:child_process'
import { appendFile, mkdtempDisposable, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import { planPath } from '../infra/event/plan-file.ts'
import { EngineStack, missingTools } from './engine-stack.ts'
import { ROOT } from './source-tree.ts'

const TIMEOUT_MS = 300_000
const MACHINE = 'aws:ec2/instance:Instance'
const SPOT_GROUP = 'aws:autoscaling/group:Group'

interface Step {
  newState: { type: string; urn: string; inputs?: Record<string, unknown> }
}

/** Twenty people for twenty minutes: quickly searched. */
async function smallStand(): Promise<string> {
  const stand = await readFile(join(ROOT, 'scenarios/events/pop-up-stand.yaml'), 'utf8')
  return stand
    .replace(/duration: (1h|45m|15m|2h),/g, 'duration: 5m,')
    .replace('attendees: 150', 'attendees: 20')
    .replace(/outage: .*/, 'uncertainty: { target: 50 % }')
}

test('the stand is planned, previewed as planned, refused when it has changed, and then as written', {
  timeout: TIMEOUT_MS,
}, async ({ skip }) => {
  const missing = missingTools(['pulumi', 'pulumi-language-nodejs'])
  skip(missing.length > 0, `not on PATH: ${missing.join(', ')}`)
  await using folder = await mkdtempDisposable(join(tmpdir(), 'micropop-planned-'))
  const file = join(folder.path, 'event.yaml')
  await writeFile(file, await smallStand())
  await using stack = await EngineStack.create('planned', 'eu-west-1')
  await stack.run('config', 'set', 'micropop:event', file)
  const bought = async () => {
    const { steps } = JSON.parse(await stack.run('preview', '--json')) as { steps: Step[] }
    const found = steps.filter(({ newState: { type } }) => type === MACHINE || type === SPOT_GROUP)
    return found.map(({ newState: { type, urn } }) => [type, urn.split('::').at(-1)])
  }

  const micropop = join(ROOT, 'cli/micropop.mjs')
  const { stdout } = await promisify(execFile)(process.execPath, [micropop, 'plan', file, '--write'])
  expect(stdout).toMatch(/^→ t4g\.small spot, /m)
  expect(await readFile(planPath(file), 'utf8')).toContain('venues.stand.pop.policy: spot')
  expect(await bought()).toEqual([[SPOT_GROUP, 'stand-pop']])

  await appendFile(file, '# another\n')
  await expect(stack.run('preview')).rejects.toThrow(/event\.plan\.yaml:4.*another.*MP_PLAN_STALE/)
  await rm(planPath(file))
  expect(await bought()).toEqual([[MACHINE, 'stand-pop']])
})
