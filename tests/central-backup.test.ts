// Central set back to a backup, on both stores, with real processes: PoPs bring what came after it from their logs, also
// where central is killed meanwhile; nothing is missing, nothing is applied twice. And what is refused as a backup.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readdirSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { expect, test } from 'vitest'
import { findPostgres, startPostgres } from '../runtime/central/testing/postgres-server.ts'
import { COMMAND, cleanUp, exported, folder } from './loaded-pop.ts'
import { central, expectAll, load, pop, site } from './one-venue.ts'

const TIMEOUT_MS = 240_000

async function run(
  args: string[],
  environment: NodeJS.ProcessEnv = {},
): Promise<{ code: number; stderr: string }> {
  const env = { ...process.env, DATABASE_URL: '', ...environment }
  const child = spawn(process.execPath, [COMMAND, 'central', ...args], {
    env,
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  const [[code], stderr] = await Promise.all([once(child, 'close') as Promise<[number]>, text(child.stderr)])
  return { code, stderr }
}

const good = { code: 0, stderr: '' }

test('the embedded store', { timeout: TIMEOUT_MS }, async () => {
  const at = await site()
  const data = join(at.dir, 'central')
  const file = join(at.dir, 'central.backup')
  let running = await central(at)
  const venue = await pop(at)
  await load(at, venue.session)

  const busy = await run(['backup', '--out', file, '--data', data])
  expect(busy.code).toBe(3)
  expect(busy.stderr).toContain('MP_DATA_DIR')
  expect(readdirSync(at.dir)).not.toContain('central.backup')

  await running.kill('SIGTERM')
  expect(await run(['backup', '--out', file, '--data', data])).toEqual(good)
  expect(statSync(file).mode & 0o077).toBe(0)
  expect((await run(['backup', '--out', file, '--data', data])).stderr).toContain('MP_FILE_EXISTS')

  running = await central(at)
  await load(at, venue.session)
  const before = (await exported(running.adminUrl)).length
  await running.kill()
  expect((await run(['restore', file, '--data', data])).stderr).toContain('MP_RESTORE_OVER')
  expect(await run(['restore', file, '--replace', '--data', data])).toEqual(good)
  expect(readdirSync(data)).toContain('pglite.before-1')

  running = await central(at)
  const during = load(at, venue.session)
  // Where it has taken some of it again.
  await expect
    .poll(async () => (await exported(running.adminUrl)).length, { timeout: 60_000 })
    .toBeGreaterThan(before / 2)
  await running.kill()
  running = await central(at)
  await during
  await expectAll(at, venue.admin, running.adminUrl, 3)
})

test('a PostgreSQL server, backed up under load and restored into another database', {
  timeout: TIMEOUT_MS,
}, async (context) => {
  const found = findPostgres()
  context.skip('missing' in found, 'missing' in found ? found.missing : '')
  const server = await startPostgres('bin' in found ? found.bin : '')
  cleanUp.push(() => server.stop())
  const [first, second] = [await server.createDatabase(), await server.createDatabase()]
  const at = await site()
  const file = join(at.dir, 'central.backup')
  let running = await central(at, COMMAND, { DATABASE_URL: first })
  const venue = await pop(at)
  await load(at, venue.session)

  const underLoad = load(at, venue.session)
  expect(await run(['backup', '--out', file], { DATABASE_URL: first })).toEqual(good)
  await underLoad
  await load(at, venue.session)
  await running.kill()

  expect((await run(['restore', file], { DATABASE_URL: first })).stderr).toContain('MP_RESTORE_OVER')
  expect(await run(['restore', file], { DATABASE_URL: second })).toEqual(good)
  running = await central(at, COMMAND, { DATABASE_URL: second })
  await expectAll(at, venue.admin, running.adminUrl, 3)
  await running.kill()

  // And over what is there, as it was at the backup.
  expect(await run(['restore', file, '--replace'], { DATABASE_URL: first })).toEqual(good)
  running = await central(at, COMMAND, { DATABASE_URL: first })
  await expectAll(at, venue.admin, running.adminUrl, 3)
})

test('what is no backup, or of another kind of store, is refused, and nothing is changed', {
  timeout: TIMEOUT_MS,
}, async () => {
  const dir = await folder('no-backup')
  const data = join(dir, 'central')
  const other = join(dir, 'text')
  writeFileSync(other, 'no backup')
  for (const file of [other, join(dir, 'nothing'), dir]) {
    const refused = await run(['restore', file, '--data', data])
    expect(refused.code).toBe(2)
    expect(refused.stderr).toContain('MP_NO_BACKUP')
  }
  expect(
    (await run(['restore', other], { DATABASE_URL: 'postgres://u:secret-word@127.0.0.1:9/db' })).stderr,
  ).toContain('MP_NO_BACKUP')
  const unreachable = await run(['backup', '--out', join(dir, 'x')], {
    DATABASE_URL: 'postgres://u:secret-word@127.0.0.1:9/db',
  })
  expect(unreachable.code).toBe(3)
  expect(unreachable.stderr).not.toContain('secret-word')
  const none = await run(['backup', '--out', join(dir, 'x'), '--data', data])
  expect(none.stderr).toContain('MP_NO_CENTRAL')
  expect(existsSync(join(dir, 'x'))).toBe(false)
  expect(readdirSync(dir)).toEqual(['text'])
})
