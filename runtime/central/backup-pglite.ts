// Backup of the embedded store: its data folder as PGlite packs it, while no central runs on it.
import { randomUUID } from 'node:crypto'
import { existsSync } from 'node:fs'
import { link, mkdir, open, readFile, rename, rm } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { PGlite } from '@electric-sql/pglite'
import { MissingHere } from '../errors.ts'
import { lockFolder } from '../folder-lock.ts'
import { notABackup, notWritten, restoreOver } from './backup.ts'

const GZIP = Buffer.from([0x1f, 0x8b])

/** See `backup`. */
export async function backupPglite(dataDir: string, file: string): Promise<number> {
  const folder = resolve(dataDir)
  const cluster = join(folder, 'pglite')
  if (!existsSync(cluster)) {
    throw new MissingHere(
      'MP_NO_CENTRAL',
      `${folder} has no embedded store`,
      'Name the folder that central runs with, --data, or its server in DATABASE_URL.',
    )
  }
  const unlock = lockFolder(folder)
  try {
    const database = await PGlite.create(cluster)
    try {
      // The folder is packed as it lies: what is only in memory must be in it.
      await database.query('checkpoint')
      const packed = await database.dumpDataDir('gzip')
      const bytes = Buffer.from(await packed.arrayBuffer())
      await writeWhole(file, bytes)
      return bytes.length
    } finally {
      await database.close()
    }
  } finally {
    unlock()
  }
}

/** See `restore`. The former store is kept beside the new one, as `pglite.before-N`. */
export async function restorePglite(dataDir: string, file: string, replace: boolean): Promise<void> {
  const bytes = await readFile(file).catch((error: NodeJS.ErrnoException) => {
    throw notABackup(file, `cannot be read: ${error.code}`)
  })
  if (!bytes.subarray(0, 2).equals(GZIP)) throw notABackup(file, 'is no backup of an embedded store')
  const folder = resolve(dataDir)
  const cluster = join(folder, 'pglite')
  if (existsSync(cluster) && !replace) throw restoreOver(folder)
  await mkdir(folder, { recursive: true })
  const unlock = lockFolder(folder)
  const unfinished = `${cluster}.restoring`
  try {
    await rm(unfinished, { recursive: true, force: true })
    try {
      const database = await PGlite.create(unfinished, { loadDataDir: new Blob([new Uint8Array(bytes)]) })
      try {
        await database.query('select 1 from micropop.migrations limit 1')
      } finally {
        await database.close()
      }
    } catch (error) {
      throw notABackup(file, `holds no database of central: ${(error as Error).message}`)
    }
    if (existsSync(cluster)) await rename(cluster, await unusedName(`${cluster}.before`))
    await rename(unfinished, cluster)
  } finally {
    await rm(unfinished, { recursive: true, force: true })
    unlock()
  }
}

async function unusedName(name: string): Promise<string> {
  for (let n = 1; ; n++) if (!existsSync(`${name}-${n}`)) return `${name}-${n}`
}

async function writeWhole(path: string, bytes: Uint8Array): Promise<void> {
  const temporary = `${path}.${randomUUID()}.tmp`
  try {
    const file = await open(temporary, 'wx', 0o600)
    try {
      await file.writeFile(bytes)
      await file.sync()
    } finally {
      await file.close()
    }
    await link(temporary, path)
  } catch (error) {
    throw notWritten(path, error as NodeJS.ErrnoException)
  } finally {
    await rm(temporary, { force: true })
  }
}
