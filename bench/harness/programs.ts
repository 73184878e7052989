// Where a program of a peer is: built by set-up, or on PATH.
import { accessSync, constants } from 'node:fs'
import { delimiter, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const BUILT = fileURLToPath(new URL('../../.tools/bin', import.meta.url))
/** Debian keeps servers here, and not on everybody's PATH. */
const SYSTEM = '/usr/sbin'

/** The file of a program; null where there is none. */
export function findProgram(name: string): string | null {
  const folders = [BUILT, ...(process.env.PATH ?? '').split(delimiter), SYSTEM]
  return folders.map((folder) => join(folder, name)).find(isProgram) ?? null
}

function isProgram(file: string): boolean {
  try {
    accessSync(file, constants.X_OK)
    return true
  } catch {
    // Not there, or not ours to run: the next folder may have it.
    return false
  }
}
