// The uplink secret at the door of both servers.
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { DEFAULT_LIMITS, popConfigSchema } from '../runtime/pop-config.ts'
import { uplinkToken } from './secrets.ts'

const TIMEOUT_MS = 30_000
const folder = mkdtempSync(join(tmpdir(), 'micropop-token-'))
afterAll(() => rmSync(folder, { recursive: true }))

test.each([undefined, '', ' \n'])('%j is no secret', (value) => {
  expect(uplinkToken({ MICROPOP_UPLINK_TOKEN: value })).toBeNull()
})

test('the newline that ends a file is no part of the secret', () => {
  expect(uplinkToken({ MICROPOP_UPLINK_TOKEN: 'a/secret+of=64\n' })).toBe('a/secret+of=64')
})

test.each(['two\nlines', 'two words', 'größer', 'nul\0'])('%j cannot travel in a header', (value) => {
  expect(() => uplinkToken({ MICROPOP_UPLINK_TOKEN: value })).toThrow(
    expect.objectContaining({ code: 'MP_UPLINK_TOKEN', exitCode: 2 }),
  )
})

test.each(['pop', 'central'])(
  '%s refuses it as bad input, without printing it',
  (verb) => {
    const config = popConfigSchema.parse({
      version: 1,
      event: 'e',
      pop: 'hall',
      listen: { host: '127.0.0.1', port: 0, adminHost: '127.0.0.1', adminPort: 0 },
      dataDir: join(folder, 'pop'),
      uplinks: [{ name: 'uplink', url: 'ws://127.0.0.1:9/uplink' }],
      queue: { maxBytes: 1_000_000, segmentBytes: 1_000_000 },
      limits: DEFAULT_LIMITS,
      imagesDir: null,
    })
    const file = join(folder, 'pop.json')
    writeFileSync(file, JSON.stringify(config))
    const place = { pop: ['--config', file], central: ['--port', '0', '--admin-port', '0', '--data', folder] }
    const args = [verb, ...place[verb as keyof typeof place]]
    const { status, stderr } = spawnSync(
      process.execPath,
      [join(import.meta.dirname, 'micropop.mjs'), ...args],
      {
        encoding: 'utf8',
        timeout: TIMEOUT_MS - 5_000,
        env: { ...process.env, DATABASE_URL: '', MICROPOP_UPLINK_TOKEN: 'hunter\n2' },
      },
    )
    expect(stderr).toContain('[MP_UPLINK_TOKEN]')
    expect(stderr).not.toContain('hunter')
    expect(status).toBe(2)
  },
  TIMEOUT_MS,
)
