// `micropop simulate --baseline`: what PoPs are worth, for a person and for a program.
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

const ROOT = fileURLToPath(new URL('..', import.meta.url))
const TIMEOUT_MS = 120_000

function simulate(...args: string[]) {
  const event = 'scenarios/events/pop-up-stand.yaml'
  const command = [join(ROOT, 'cli', 'micropop.mjs'), 'simulate', event, '--baseline', ...args]
  // The series of both runs, a value a second.
  const maxBuffer = 16_000_000
  return spawnSync(process.execPath, command, { cwd: ROOT, encoding: 'utf8', timeout: TIMEOUT_MS, maxBuffer })
}

test(
  'both runs are told beside each other, with what is missed without PoPs',
  () => {
    const { status, stdout } = simulate()
    expect(status).toBe(0)
    expect(stdout).toMatch(/^Acknowledged, p99 +\d.* ms +1?\d\d s +1?\d\d s$/m)
    expect(stdout).toMatch(/Missed without PoPs:\n {2}Acknowledged, p99/)
    const { figures, missedWithout, with: pops, without } = JSON.parse(simulate('--format', 'json').stdout)
    const ack = figures.find(({ id }: { id: string }) => id === 'ack-p99')
    expect(ack.benefit).toBe(ack.without - ack.with)
    expect(missedWithout[0]).toMatchObject({ level: 'Acknowledged, p99', outcome: 'missed' })
    expect(without.conservation.published).toBe(pops.conservation.published)
  },
  TIMEOUT_MS,
)

test('many days have no baseline, and that is said', () => {
  const { status, stderr } = simulate('--runs', '2')
  expect(status).toBe(2)
  expect(stderr).toContain("option '--baseline' cannot be used with option '--runs <n>'")
})
