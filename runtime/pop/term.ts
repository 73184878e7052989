// The term of a log: raised whenever another PoP takes it over, so that central refuses the one it was taken from.
import { mkdir, open, readFile, rename } from 'node:fs/promises'
import { join } from 'node:path'
import { MissingHere } from '../errors.ts'

const FILE = 'term'
export const FIRST_TERM = 1

/** Errors: MP_DATA_DIR where the file is not as it was written. */
export async function readTerm(dataDir: string): Promise<number> {
  const file = join(dataDir, FILE)
  let text: string
  try {
    text = await readFile(file, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return FIRST_TERM
    throw error
  }
  const term = Number(text)
  if (Number.isSafeInteger(term) && term >= FIRST_TERM) return term
  throw new MissingHere(
    'MP_DATA_DIR',
    `${file} holds no term`,
    'Write the highest term into it that central’s log names for this PoP, as a whole number.',
  )
}

/** Durable when this returns. */
export async function saveTerm(dataDir: string, term: number): Promise<void> {
  await mkdir(dataDir, { recursive: true, mode: 0o700 })
  const part = join(dataDir, `${FILE}.part`)
  const handle = await open(part, 'w', 0o600)
  try {
    await handle.writeFile(`${term}\n`)
    await handle.sync()
  } finally {
    await handle.close()
  }
  await rename(part, join(dataDir, FILE))
  const folder = await open(dataDir, 'r')
  try {
    await folder.sync()
  } finally {
    await folder.close()
  }
}

/** This PoP takes the log over: from now on it has a higher term than the one it followed. Returns it. */
export async function raiseTerm(dataDir: string): Promise<number> {
  const term = (await readTerm(dataDir)) + 1
  await saveTerm(dataDir, term)
  return term
}
