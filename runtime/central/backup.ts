// A backup of central's database as one file, and a database from it: of the embedded store by itself, of a PostgreSQL
// server by its own pg_dump. What PoPs brought after the backup was made they bring again, as far as their logs have it.
import { InvalidInput, MissingHere } from '../errors.ts'

/** What a backup was made of and is restored to. */
export interface Place {
  /** Connection string of a PostgreSQL server; null: the embedded store in `dataDir`. */
  databaseUrl: string | null
  dataDir: string
}

/**
 * Writes to `file`, which must not be there: it is there whole or not at all, for this user alone. The embedded store's
 * central must be stopped; a PostgreSQL server's may run, and the backup is of one moment. Returns its size in bytes.
 * Errors: MP_FILE_EXISTS, MP_NOT_WRITTEN, MP_DATA_DIR, MP_NO_CENTRAL, MP_DATABASE_URL, MP_PG_TOOLS, MP_BACKUP_FAILED.
 */
export async function backup(place: Place, file: string): Promise<number> {
  if (place.databaseUrl !== null)
    return (await import('./backup-postgres.ts')).backupPostgres(place.databaseUrl, file)
  return (await import('./backup-pglite.ts')).backupPglite(place.dataDir, file)
}

/**
 * Makes the database from the backup. `replace`: where there is one it is put aside, embedded, or dropped, on a server;
 * otherwise it is refused. Errors: those of `backup`, MP_NO_BACKUP, MP_RESTORE_OVER.
 */
export async function restore(place: Place, file: string, replace: boolean): Promise<void> {
  const { databaseUrl, dataDir } = place
  if (databaseUrl !== null)
    await (await import('./backup-postgres.ts')).restorePostgres(databaseUrl, file, replace)
  else await (await import('./backup-pglite.ts')).restorePglite(dataDir, file, replace)
}

export function notABackup(file: string, why: string): InvalidInput {
  return new InvalidInput(
    'MP_NO_BACKUP',
    why,
    'Give a file that `micropop central backup` wrote of the same kind of store.',
    {
      file,
    },
  )
}

export function restoreOver(what: string): InvalidInput {
  return new InvalidInput(
    'MP_RESTORE_OVER',
    `${what} has a database of central already`,
    'Restore to another one, or replace it with --replace.',
  )
}

export function notWritten(file: string, error: NodeJS.ErrnoException): Error {
  if (error.code === 'EEXIST')
    return new InvalidInput(
      'MP_FILE_EXISTS',
      'this file is already there and was left as it is',
      'Give another name.',
      {
        file,
      },
    )
  return new MissingHere(
    'MP_NOT_WRITTEN',
    `${file} cannot be written: ${error.message}`,
    'Make room or get the right to write there, or name another file.',
    error,
  )
}
