// `micropop pop` told something wrong: refused as bad input, with what to change.
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { DEFAULT_LIMITS, type PopConfig, popConfigSchema } from '../runtime/pop-config.ts'

const TIMEOUT_MS = 30_000
const folder = mkdtempSync(join(tmpdir(), 'micropop-pop-cli-'))
afterAll(() => rmSync(folder, { recursive: true }))

function pop(listen: Partial<PopConfig['listen']>, ...args: string[]) {
  const config = popConfigSchema.parse({
    version: 1,
    event: 'e',
    pop: 'hall',
    listen: { host: '127.0.0.1', port: 0, adminHost: '127.0.0.1', adminPort: 0, ...listen },
    dataDir: join(folder, 'data'),
    uplinks: [{ name: 'uplink', url: 'ws://127.0.0.1:9/uplink' }],
    queue: { maxBytes: 1_000_000, segmentBytes: 1_000_000 },
    limits: DEFAULT_LIMITS,
    imagesDir: null,
    door: { allowOpen: true },
  })
  const file = join(folder, 'pop.json')
  writeFileSync(file, JSON.stringify(config))
  return spawnSync(
    process.execPath,
    [join(import.meta.dirname, 'micropop.mjs'), 'pop', '--config', file, ...args],
    { encoding: 'utf8', timeout: TIMEOUT_MS - 5_000 },
  )
}

test.each(['host', 'adminHost'] as const)(
  'listen.%s that is no address of this machine',
  (setting) => {
    // RFC 5737: an address for documentation, no machine's own.
    const { status, stderr } = pop({ [setting]: '192.0.2.1' })
    expect(stderr).toContain('192.0.2.1 is no address of this machine (EADDRNOTAVAIL) [MP_LISTEN_ADDRESS]')
    expect(stderr).toContain(`\`listen.${setting}\` in pop.json`)
    expect(status).toBe(2)
  },
  TIMEOUT_MS,
)

test(
  'a log level that is none',
  () => {
    const { status, stderr } = pop({}, '--log-level', 'verbose')
    expect(stderr).toContain('Allowed choices are trace, debug, info, warn, error')
    expect(status).toBe(2)
  },
  TIMEOUT_MS,
)
