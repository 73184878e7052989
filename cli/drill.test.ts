// `micropop drill` as it is typed: what it refuses before anything is started, and with which exit code.
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { findDnsmasq } from '../simulator/drills/resolver.ts'
import { PROJECT_COMMAND, PROJECT_ROOT } from '../simulator/rehearsal/live-tools.ts'

const EVENT = join(PROJECT_ROOT, 'scenarios', 'events', 'pop-up-stand.yaml')

function drill(...args: string[]) {
  const cwd = mkdtempSync(join(tmpdir(), 'micropop-drill-'))
  onTestFinished(() => rmSync(cwd, { recursive: true }))
  const { status, stderr } = spawnSync(process.execPath, [PROJECT_COMMAND, 'drill', ...args], {
    ...{ cwd, encoding: 'utf8' },
  })
  return { status, stderr }
}

test('a runbook, a step or a number that is none is bad input, named with what there is', () => {
  expect(drill('dance').stderr).toContain('handoff, rolling-restart, dns-swap')
  expect(drill('handoff', EVENT, '--attendees', '0')).toMatchObject({ status: 2 })
  expect(drill('dns-swap', EVENT, '--ttl', 'soon')).toMatchObject({ status: 2 })
  const step = drill('handoff', EVENT, '--fail-at', 'nowhere')
  expect(step.status).toBe(2)
  expect(step.stderr).toContain('look, follow, drain, compare, promote, move, return')
}, 90_000)

test('a program that is missing is said with how to get it, and exit code 3, before anything starts', async () => {
  await expect(findDnsmasq([])).rejects.toMatchObject({
    ...{ code: 'MP_TOOL_MISSING', exitCode: 3 },
    remedy: expect.stringContaining('tools/setup.mjs --servers'),
  })
})
