// One process a data folder: a lock that the operating system drops when its holder dies, however it dies.
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { MissingHere } from './errors.ts'

/** Node has no flock; SQLite's exclusive transaction is one. Returns the release. Errors: MP_DATA_DIR. */
export function lockFolder(folder: string): () => void {
  const lock = new DatabaseSync(join(folder, 'lock'))
  try {
    lock.exec('begin exclusive')
  } catch (error) {
    lock.close()
    throw new MissingHere(
      'MP_DATA_DIR',
      `the data folder ${folder} is in use by another process`,
      'Stop that process, or give another folder.',
      error,
    )
  }
  return () => lock.close()
}
