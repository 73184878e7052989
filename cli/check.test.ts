// `micropop check` as a person runs it.
import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import { popConfigSchema } from '../runtime/pop-config.ts'

const ROOT = join(import.meta.dirname, '..')
const EVENT = 'scenarios/events/hybrid-conference-2000.yaml'
const TIMEOUT_MS = 60_000

function check(...args: string[]) {
  return promisify(execFile)(process.execPath, ['cli/micropop.mjs', 'check', ...args], {
    cwd: ROOT,
    timeout: TIMEOUT_MS,
  })
}

test('lists the resources of each component', { timeout: TIMEOUT_MS }, async () => {
  const { stdout } = await check(EVENT)
  expect(stdout).toMatch(/^micropop:infra:VenuePop +remote \(\d+\)\n├─ aws:ebs:Volume +remote-pop-data$/m)
  expect(stdout).toMatch(/^\d+ resources\n$/m)
})

test('gives the whole graph as JSON', { timeout: TIMEOUT_MS }, async () => {
  const { stdout } = await check(EVENT, '--format', 'json')
  const graph = JSON.parse(stdout)
  expect(graph).toMatchObject({ project: 'micropop', stack: 'hybrid-conference-2000' })
  expect(graph.resources.length).toBeGreaterThan(40)
})

test("prints a PoP's configuration", { timeout: TIMEOUT_MS }, async () => {
  const { stdout } = await check(EVENT, '--pop-json', 'hall')
  expect(popConfigSchema.parse(JSON.parse(stdout)).pop).toBe('hall')
})

test('an unknown venue is bad input, with the venues there are', { timeout: TIMEOUT_MS }, async () => {
  await expect(check(EVENT, '--pop-json', 'attic')).rejects.toMatchObject({
    code: 2,
    stderr: expect.stringContaining('hall, remote'),
  })
})
