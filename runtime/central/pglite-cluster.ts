// Makes the embedded store's database folder: initialised once a machine, copied from then on.
import { existsSync, readFileSync } from 'node:fs'
import { cp, mkdir, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { PGlite } from '@electric-sql/pglite'
import { lockFolder } from '../folder-lock.ts'

const CACHE = fileURLToPath(new URL('../../node_modules/.cache/micropop/pglite/', import.meta.url))

/** WAL segments of 1 MB instead of 16 keep the folder, and with it the copy, small. */
const INITDB_OPTIONS = ['--encoding=UTF8', '--no-locale', '--wal-segsize=1']

/**
 * Makes `cluster` where it is missing, whole or not at all: a process killed meanwhile leaves nothing that looks
 * like a database. Only one process at a time may make the same cluster. Initialising takes seconds, copying
 * well under one, so an initialised one is kept where the cache can be written.
 */
export async function ensureCluster(cluster: string): Promise<void> {
  if (existsSync(cluster)) return
  const unfinished = `${cluster}.new`
  await rm(unfinished, { recursive: true, force: true })
  const template = await ensureTemplate()
  await (template === null ? initialise(unfinished) : cp(template, unfinished, { recursive: true }))
  await rename(unfinished, cluster)
}

/** null where none can be kept, or another process is making it. */
async function ensureTemplate(): Promise<string | null> {
  const template = join(CACHE, pgliteVersion())
  if (existsSync(template)) return template
  let unlock: () => void
  try {
    await mkdir(CACHE, { recursive: true })
    unlock = lockFolder(CACHE)
  } catch {
    return null
  }
  try {
    const unfinished = `${template}.new`
    await rm(unfinished, { recursive: true, force: true })
    await initialise(unfinished)
    await rename(unfinished, template)
    return template
  } finally {
    unlock()
  }
}

async function initialise(folder: string): Promise<void> {
  const database = await PGlite.create(folder, { initDbStartParams: INITDB_OPTIONS })
  await database.close()
}

/** A cluster belongs to the version that made it. */
function pgliteVersion(): string {
  const manifest = new URL('../package.json', import.meta.resolve('@electric-sql/pglite'))
  return JSON.parse(readFileSync(manifest, 'utf8')).version
}
