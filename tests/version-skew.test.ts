// Upgrade and rollback with real processes: central and PoP of version 0.1.0, as the repository has them, beside those of
// now, killed under load and exchanged in both orders; nothing acknowledged is lost, nothing is applied twice.
import { execFileSync, spawnSync } from 'node:child_process'
import { symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'vitest'
import { COMMAND, folder } from './loaded-pop.ts'
import { central, expectAll, load, pop, site } from './one-venue.ts'
import { ROOT } from './source-tree.ts'

/** The last commit before the uplink told versions: what was 0.1.0 until then. */
const BEFORE = 'd2648ace8377a40835e5927e42d9fd09a99238e4'
const NEEDED = ['cli', 'runtime', 'infra', 'reports', 'simulator', 'package.json']
const TIMEOUT_MS = 240_000

/** Why the version before cannot be run here, or null. */
function notHere(): string | null {
  const { status, error } = spawnSync('git', ['-C', ROOT, 'cat-file', '-e', `${BEFORE}^{tree}`])
  if (error) return `git does not run here: ${error.message}`
  return status === 0 ? null : `commit ${BEFORE} is not in this clone: it is shallow, or its history was cut`
}

/** The command of the version before. */
async function before(): Promise<string> {
  const dir = await folder('before')
  const archive = execFileSync('git', ['-C', ROOT, 'archive', BEFORE, ...NEEDED], {
    maxBuffer: 64 * 1024 * 1024,
  })
  execFileSync('tar', ['-x', '-C', dir], { input: archive })
  symlinkSync(join(ROOT, 'node_modules'), join(dir, 'node_modules'))
  return join(dir, 'cli', 'micropop.mjs')
}

test('central first: upgraded under a PoP of before, then rolled back', {
  timeout: TIMEOUT_MS,
}, async (context) => {
  const missing = notHere()
  context.skip(missing !== null, missing ?? '')
  const old = await before()
  const at = await site()
  let running = await central(at, old)
  const venue = await pop(at, old)
  await load(at, venue.session)
  for (const command of [COMMAND, old]) {
    const during = load(at, venue.session)
    await running.kill()
    running = await central(at, command)
    await during
  }
  await expectAll(at, venue.admin, running.adminUrl, 3)
})

test('PoP then: upgraded on the log of before, rolled back on its own, under a central of now, then of before', {
  timeout: TIMEOUT_MS,
}, async (context) => {
  const missing = notHere()
  context.skip(missing !== null, missing ?? '')
  const old = await before()
  const at = await site()
  let running = await central(at, COMMAND)
  let venue = await pop(at, old)
  await load(at, venue.session)
  for (const command of [COMMAND, old]) {
    const during = load(at, venue.session)
    await venue.kill()
    venue = await pop(at, command)
    await during
    // What was not acknowledged is sent again in the next session.
    await Promise.all(at.attendees.map((attendee) => attendee.live(venue.session, 0)))
  }
  await running.kill()
  running = await central(at, old)
  await load(at, venue.session)
  await expectAll(at, venue.admin, running.adminUrl, 2)
})
