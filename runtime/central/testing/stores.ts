// The stores every suite of central runs on: the embedded one, and a real PostgreSQL server where there is one.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openPglite } from '../pglite.ts'
import { openPostgres } from '../postgres.ts'
import { migrate } from '../schema.ts'
import type { Store } from '../store.ts'
import { findPostgres, startPostgres } from './postgres-server.ts'

/** What central is started with to use one engine. */
export interface TestEngine {
  databaseUrl: string | null
  dataDir: string
  /** Opens the one database of this engine, migrated. */
  open: () => Promise<Store>
  stop: () => Promise<void>
}

export interface EngineChoice {
  name: string
  skip: boolean
  start: () => Promise<TestEngine>
}

const found = findPostgres()

export const ENGINES: EngineChoice[] = [
  { name: 'on the embedded store', skip: false, start: startEmbedded },
  'bin' in found
    ? { name: 'on a PostgreSQL server', skip: false, start: () => startServer(found.bin) }
    : {
        name: `on a PostgreSQL server (SKIPPED: ${found.missing})`,
        skip: true,
        start: () => Promise.reject(new Error(found.missing)),
      },
]

async function startEmbedded(): Promise<TestEngine> {
  const dataDir = mkdtempSync(join(tmpdir(), 'micropop-central-'))
  return {
    databaseUrl: null,
    dataDir,
    open: () => migrated(openPglite(dataDir)),
    stop: async () => rmSync(dataDir, { recursive: true, force: true }),
  }
}

async function startServer(bin: string): Promise<TestEngine> {
  const server = await startPostgres(bin)
  const databaseUrl = await server.createDatabase()
  return { databaseUrl, dataDir: '', open: () => migrated(openPostgres(databaseUrl)), stop: server.stop }
}

async function migrated(opening: Promise<Store>): Promise<Store> {
  const store = await opening
  await migrate(store)
  return store
}
