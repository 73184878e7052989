// `micropop calibrate` as an engineer meets it: a run's folder in, a file that the twin reads out.
import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, expect, test } from 'vitest'
import { defaultCalibration } from '../simulator/calibration/default-calibration.ts'
import { readCalibration } from '../simulator/calibration/read-calibration.ts'
import type { RawLine } from '../simulator/rehearsal/raw-lines.ts'
import { RUN_FILES } from '../simulator/rehearsal/run-files.ts'
import { FACTS, PLAN, publishLine } from '../simulator/rehearsal/testing/run.ts'

const ROOT = fileURLToPath(new URL('..', import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'micropop-calibrate-'))
afterAll(() => rmSync(folder, { recursive: true }))

function calibrate(...args: string[]) {
  const options = { cwd: ROOT, encoding: 'utf8', timeout: 30_000 } as const
  return spawnSync(process.execPath, [join(ROOT, 'cli', 'micropop.mjs'), 'calibrate', ...args], options)
}

function runFolder(name: string, lines: readonly RawLine[]): string {
  const path = join(folder, name)
  mkdirSync(path)
  const ndjson = (values: readonly unknown[]) => values.map((value) => `${JSON.stringify(value)}\n`).join('')
  writeFileSync(join(path, RUN_FILES.plan), JSON.stringify(PLAN))
  writeFileSync(join(path, RUN_FILES.facts), JSON.stringify(FACTS))
  writeFileSync(join(path, RUN_FILES.attendees), ndjson(lines))
  writeFileSync(join(path, RUN_FILES.queue), '')
  return path
}

const publishes = Array.from({ length: 50 }, (_, i) =>
  publishLine('ada', i + 1, { at: 1_000 + i * 100, ack: 60 }),
)

test('a run becomes a calibration, what it lacks is the default’s and told', () => {
  const out = join(folder, 'calibration.json')
  const { status, stdout, stderr } = calibrate(runFolder('run', publishes), '--out', out)
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
  expect(stdout).toContain('Calibrated on a live run of 2 sessions: made-up, seed 7, 2026-11-23, commit abc.')
  expect(stdout).toMatch(/Publish to delivery .* 0, too few: the default's times/)
  const written = readCalibration(out)
  expect(written.samples).toMatchObject({ ack: 50, page: 0 })
  expect(written.pageServiceMs).toEqual(defaultCalibration().pageServiceMs)
})

test('the same run given twice counts once', () => {
  const run = runFolder('twice', publishes)
  const { stdout } = calibrate(run, run, '--format', 'json')
  expect(JSON.parse(stdout).samples.ack).toBe(50)
})

test('the CoreMark of a core is stated with the machine, one that cannot be is refused', () => {
  const run = runFolder('coremark', publishes)
  const out = join(folder, 'with-coremark.json')
  expect(calibrate(run, '--coremark', '32690', '--out', out).stdout).toContain(
    '; CoreMark 32,690 iterations a second on one core.',
  )
  expect(readCalibration(out).machine.coremarkPerCoreS).toBe(32_690)
  for (const wrong of ['0', '-3', 'fast', '', '1e9']) {
    const { status, stderr } = calibrate(run, '--coremark', wrong)
    expect({ wrong, status }).toEqual({ wrong, status: 2 })
    expect(stderr).toContain('with one thread, above 0 and at most 1000000')
  }
})

test('a folder that is no run is refused with its file', () => {
  const { status, stderr } = calibrate(join(folder, 'none'))
  expect(status).toBe(2)
  expect(stderr).toContain(join(folder, 'none'))
  expect(stderr).toContain('[MP_RUN_UNREADABLE]')
})
