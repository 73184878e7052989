// The PostgreSQL adapter against a server that refuses, crashes and comes back.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Batch } from '../protocol/uplink.ts'
import { exportWatermarks } from './export.ts'
import { applyBatches } from './ingest.ts'
import { openPostgres } from './postgres.ts'
import { migrate, SCHEMA_VERSION } from './schema.ts'
import { openSource } from './source.ts'
import { transactionWithRetry } from './store.ts'
import { findPostgres, startPostgres, type TestPostgres } from './testing/postgres-server.ts'

const found = findPostgres()
const name = 'missing' in found ? `a PostgreSQL server (SKIPPED: ${found.missing})` : 'a PostgreSQL server'

describe.skipIf('missing' in found)(name, () => {
  let server: TestPostgres
  let url: string

  beforeAll(async () => {
    if ('missing' in found) return
    server = await startPostgres(found.bin)
    url = await server.createDatabase()
  }, 60_000)

  afterAll(() => server?.stop())

  test.each([
    [
      'a wrong password',
      (good: string) => good.replace(/:[^:@]+@/, ':hunter2@'),
      /password authentication failed/,
    ],
    [
      'a database that is not there',
      (good: string) => good.replace(/\w+$/, 'nowhere'),
      /"nowhere" does not exist/,
    ],
  ])('%s: what to check, and no password', async (_what, change, reason) => {
    const error = await openPostgres(change(url)).catch((thrown) => thrown)
    expect(error).toMatchObject({ code: 'MP_DATABASE_UNREACHABLE', exitCode: 3 })
    expect(error.message).toMatch(reason)
    expect(`${error.message} ${error.remedy}`).not.toMatch(/hunter2|p(@|%40)ss/)
  })

  test('a server that crashes fails the batch; once it is back, the same batch is applied', async () => {
    const store = await openPostgres(url)
    await migrate(store)
    const source = { event: 'crash', pop: 'hall', log: 'l' }
    await openSource(store, source)
    const batch: Batch = {
      t: 'batch',
      lane: 'critical',
      first: 1,
      records: [{ client: 'ada', seq: 1, ch: 'red', body: true, at: 1 }],
    }
    await server.crash()
    await expect(applyBatches(store, source, [batch])).rejects.toThrow()
    await server.start()
    await applyBatches(store, source, [batch])
    await server.crash()
    await server.start()
    expect(await exportWatermarks(store, 'crash')).toMatchObject([{ through: 1, applied: 1 }])
    await store.close()
  }, 60_000)

  test('of two transactions that wait for each other both come to their end', async () => {
    const store = await openPostgres(url)
    await migrate(store)
    const rows = ['a', 'b'].map((pop) => ({ event: 'deadlock', pop, log: 'l' }))
    for (const row of rows) await openSource(store, row)
    let attempts = 0
    const { promise: bothHold, resolve: release } = Promise.withResolvers<void>()
    const raise = (first: string, second: string) =>
      transactionWithRetry(store, async (queries) => {
        const add = (pop: string) =>
          queries.query(
            `update micropop.watermarks set shed = shed + 1, through = through + 1
             where event = 'deadlock' and lane = 'bulk' and pop = $1`,
            [pop],
          )
        attempts++
        await add(first)
        if (attempts === 2) release()
        await bothHold
        await add(second)
      })
    await Promise.all([raise('a', 'b'), raise('b', 'a')])
    expect(attempts).toBe(3)
    expect(await exportWatermarks(store, 'deadlock')).toMatchObject([{ shed: 2 }, { shed: 2 }])
    await store.close()
  })

  test('two transactions that cannot be put in an order: the second is tried again and sees the first', async () => {
    const store = await openPostgres(url)
    await migrate(store)
    const source = { event: 'serial', pop: 'a', log: 'l' }
    await openSource(store, source)
    const read = `select shed::int as shed from micropop.watermarks where event = 'serial' and lane = 'bulk'`
    const write = `update micropop.watermarks set shed = $1, through = $1 where event = 'serial' and lane = 'bulk'`
    let attempts = 0
    await transactionWithRetry(store, async (queries) => {
      await queries.query('set transaction isolation level repeatable read')
      const [row] = await queries.query<{ shed: number }>(read)
      if (++attempts === 1) await store.query(write, [10])
      await queries.query(write, [(row as { shed: number }).shed + 1])
    })
    expect(attempts).toBe(2)
    expect(await exportWatermarks(store, 'serial')).toMatchObject([{ shed: 11 }])
    await store.close()
  })

  test('two centrals that start at once migrate once', async () => {
    const fresh = await server.createDatabase()
    const stores = await Promise.all(Array.from({ length: 4 }, () => openPostgres(fresh)))
    await Promise.all(stores.map(migrate))
    const [first] = stores
    expect(await first?.query('select version from micropop.migrations order by version')).toEqual(
      Array.from({ length: SCHEMA_VERSION }, (_, i) => ({ version: i + 1 })),
    )
    await Promise.all(stores.map((store) => store.close()))
  })
})
