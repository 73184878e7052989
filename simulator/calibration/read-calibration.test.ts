import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { testCalibration } from '../testing/calibration.ts'
import { defaultCalibration } from './default-calibration.ts'
import { readCalibration } from './read-calibration.ts'

const folder = mkdtempSync(join(tmpdir(), 'calibration-'))
afterAll(() => rmSync(folder, { recursive: true }))

function written(text: string): string {
  const file = join(folder, 'calibration.json')
  writeFileSync(file, text)
  return file
}

test('what was written is read back', () => {
  for (const calibration of [testCalibration, defaultCalibration()]) {
    expect(readCalibration(written(JSON.stringify(calibration)))).toEqual(calibration)
  }
})

test.each([
  ['no JSON', 'not json', 'not valid JSON'],
  ['another version', JSON.stringify({ ...testCalibration, version: 2 }), 'version'],
  [
    'quantiles that fall',
    JSON.stringify({ ...testCalibration, applyMs: [3, 2, 1] }),
    'applyMs: quantiles must not fall',
  ],
  ['a negative time', JSON.stringify({ ...testCalibration, ackServiceMs: [-1, 2] }), 'ackServiceMs.0'],
  ['an unknown key', JSON.stringify({ ...testCalibration, ackMs: [] }), 'ackMs'],
])('%s is refused, with the place', (_, text, message) => {
  expect(() => readCalibration(written(text))).toThrow(
    expect.objectContaining({ code: 'MP_CALIBRATION_INVALID', message: expect.stringContaining(message) }),
  )
})

test('a file that is not there is refused', () => {
  expect(() => readCalibration(join(folder, 'none.json'))).toThrow(
    expect.objectContaining({ code: 'MP_CALIBRATION_INVALID', message: expect.stringContaining('ENOENT') }),
  )
})
