// `micropop up` as a person runs it, as far as it goes without the engine; tests/twin-cloud.test.ts goes on from there.
import { execFile } from 'node:child_process'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'

const ROOT = join(import.meta.dirname, '..')
const EVENT = 'scenarios/events/pop-up-stand.yaml'
const TIMEOUT_MS = 60_000

function up(args: string[], PATH = process.env.PATH) {
  return promisify(execFile)(process.execPath, ['cli/micropop.mjs', 'up', EVENT, ...args], {
    cwd: ROOT,
    timeout: TIMEOUT_MS,
    env: { ...process.env, PATH },
  })
}

test('real venues are deployed by another command, which it names', { timeout: TIMEOUT_MS }, async () => {
  await expect(up([])).rejects.toMatchObject({
    code: 2,
    stderr: expect.stringMatching(/MP_UP_TWIN[\s\S]*micropop up --twin EVENT[\s\S]*pulumi up/),
  })
})

test('a fault that no deployment meets is bad input', { timeout: TIMEOUT_MS }, async () => {
  await expect(up(['--twin', '--fault', 'ec2.Eip:InsufficientInstanceCapacity'])).rejects.toMatchObject({
    code: 2,
    stderr: expect.stringMatching(/MP_FAULT_INVALID[\s\S]*AddressLimitExceeded/),
  })
})

test('without Pulumi it says how to get it', { timeout: TIMEOUT_MS }, async () => {
  await expect(up(['--twin'], dirname(process.execPath))).rejects.toMatchObject({
    code: 3,
    stderr: expect.stringMatching(/needs pulumi and [\s\S]*MP_TOOL_MISSING[\s\S]*Install Pulumi/),
  })
})
