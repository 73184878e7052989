// What breaks first, and the cheapest fix: the two commands of the engineers' page, run as they stand there.
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, onTestFinished, test } from 'vitest'

const ROOT = fileURLToPath(new URL('..', import.meta.url))
const TIMEOUT_MS = 120_000

function micropop(...args: string[]) {
  const command = [join(ROOT, 'cli', 'micropop.mjs'), ...args]
  return spawnSync(process.execPath, command, { cwd: ROOT, encoding: 'utf8', timeout: TIMEOUT_MS })
}

/** The command of that verb on the page, its file `breaks.yaml` in `folder`. */
function onPage(verb: string, folder: string): string[] {
  const page = readFileSync(join(ROOT, 'docs', 'engineers.md'), 'utf8')
  const [, command = ''] = new RegExp(`^npx micropop (${verb} .+)$`, 'm').exec(page) ?? []
  expect(command).toContain('breaks.yaml')
  return command.replace('breaks.yaml', join(folder, 'breaks.yaml')).split(' ')
}

test(
  'shrink names what breaks and writes it, fixes names what withstands it, with line and price',
  () => {
    const folder = mkdtempSync(join(tmpdir(), 'micropop-shrink-'))
    onTestFinished(() => rmSync(folder, { recursive: true }))
    const broken = micropop(...onPage('shrink', folder))
    expect(broken.stderr).toContain('✓ Trying outages on open-air-evening')
    expect(broken.status).toBe(1)
    expect(broken.stdout).toMatch(/^ {2}uplink of park cut for .+ at 20:/m)
    expect(broken.stdout).toMatch(/^Recovery after the outage +≤ 10 s/m)

    const mended = micropop(...onPage('fixes', folder))
    expect(mended.status).toBe(0)
    const event = readFileSync(join(ROOT, 'scenarios', 'events', 'open-air-evening.yaml'), 'utf8').split('\n')
    const [, line = '', write] = /an uplink of .+ \S+:(\d+): (rate: .+)$/m.exec(mended.stdout) ?? []
    expect(write).toMatch(/^rate: (400|800) kbit\/s$/)
    expect(event[Number(line) - 1]).toContain('rate: 200 kbit/s')
    // The event file states no rent of a line, so that none can be priced.
    expect(mended.stdout).toMatch(/^Unpriced: no line over 5g of 20 Mbit\/s or more has a `rentPerDay`/m)
    expect(mended.stdout).toMatch(/^ {2}unpriced +park: an uplink of/m)
  },
  TIMEOUT_MS,
)

test('what was asked for wrongly is said at once', () => {
  expect(micropop('shrink', 'scenarios/events/open-air-evening.yaml', '--confirm')).toMatchObject({
    status: 2,
  })
  const hub = micropop('shrink', 'scenarios/events/open-air-evening.yaml', '--targets', 'uplink,hub')
  expect(hub.status).toBe(2)
  expect(hub.stderr).toContain('It must be of uplink, backup-uplink, pop')
  const { status, stderr } = micropop('fixes', 'scenarios/events/open-air-evening.yaml')
  expect(status).toBe(2)
  expect(stderr).toContain('MP_NO_OUTAGE')
})
