// The embedded store, the default: PostgreSQL in this process, in a data folder.
import { mkdir } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { PGlite } from '@electric-sql/pglite'
import { MissingHere } from '../errors.ts'
import { lockFolder } from '../folder-lock.ts'
import { ensureCluster } from './pglite-cluster.ts'
import type { Queries, SqlValue, Store } from './store.ts'

/** What a person must know who runs a show on it. */
export const EMBEDDED_WARNING =
  'embedded store: survives a killed process, not a power cut; set DATABASE_URL to a PostgreSQL server for real shows'

/** Creates the folder where it is missing. Errors: MP_DATA_DIR (in use, or not to be written). */
export async function openPglite(dataDir: string): Promise<Store> {
  const folder = resolve(dataDir)
  const unlock = await mkdir(folder, { recursive: true })
    .then(() => lockFolder(folder))
    .catch((error) => {
      throw error instanceof MissingHere ? error : unusable(folder, error)
    })
  try {
    const cluster = join(folder, 'pglite')
    await ensureCluster(cluster)
    const database = await PGlite.create(cluster)
    return {
      ...queriesOn(database),
      description: `PGlite in ${folder}`,
      transaction: <Result>(work: (queries: Queries) => Promise<Result>) =>
        database.transaction((transaction) => work(queriesOn(transaction))),
      close: async () => {
        await database.close()
        unlock()
      },
    }
  } catch (error) {
    unlock()
    throw unusable(folder, error)
  }
}

function queriesOn(database: Pick<PGlite, 'query'>): Queries {
  return {
    query: async <Row>(text: string, values: readonly SqlValue[] = []) =>
      (await database.query<Row>(text, [...values])).rows,
  }
}

function unusable(folder: string, cause: unknown): MissingHere {
  return new MissingHere(
    'MP_DATA_DIR',
    `the data folder ${folder} cannot be used: ${(cause as Error).message}`,
    'Give a folder that this user may write to, or move the damaged one away.',
    cause,
  )
}
