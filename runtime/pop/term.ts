// The term of a log: raised whenever another PoP takes it over, so that central refuses the one it was taken from.
import { mkdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { replaceFile } from '../durable-file.ts'
import { MissingHere } from '../errors.ts'
import type { Lane } from '../protocol/lanes.ts'

const FILE = 'term'

export interface Term {
  term: number
  /**
   * Where this log was when it was taken over: records in all, and of each lane. What the PoP before wrote beyond has
   * other contents than what has these numbers here.
   */
  began?: { position: number; lanes: Partial<Record<Lane, number>> }
  /** The log here is a copy that follows the one of this term: nobody writes it before the term is raised. */
  copy?: true
  /** Central knows a higher term: the log here is not written any more. */
  fenced?: true
}

/** Errors: MP_DATA_DIR where the file is not as it was written. */
export async function readTerm(dataDir: string): Promise<Term> {
  const file = join(dataDir, FILE)
  let text: string
  try {
    text = await readFile(file, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return { term: 1 }
    throw error
  }
  const term = parse(text)
  if (term) return term
  throw new MissingHere(
    'MP_DATA_DIR',
    `${file} holds no term`,
    'Write {"term": N} into it, N being the highest term that central’s log names for this PoP.',
  )
}

/** The term of a log that is to be written here. Errors: MP_DATA_DIR, MP_LOG_FOLLOWED, MP_LOG_TAKEN_OVER. */
export async function writerTerm(dataDir: string, promote: boolean): Promise<Term> {
  const known = await readTerm(dataDir)
  if (known.fenced) throw takenOver(dataDir)
  if (promote) return { term: known.term + 1 }
  if (!known.copy) return known
  throw new MissingHere(
    'MP_LOG_FOLLOWED',
    `the log in ${dataDir} is a copy of the one that another PoP writes`,
    'Start with --promote, once, to take it over; or start with an empty data folder.',
  )
}

export function takenOver(dataDir: string): MissingHere {
  return new MissingHere(
    'MP_LOG_TAKEN_OVER',
    `another PoP has taken over the log in ${dataDir}`,
    `Leave this one stopped. Export what central lacks of it: npx micropop queue export --unsynced ${dataDir}. To use this machine again, give it an empty data folder.`,
  )
}

/** Durable when this returns. */
export async function saveTerm(dataDir: string, term: Term): Promise<void> {
  await mkdir(dataDir, { recursive: true, mode: 0o700 })
  await replaceFile(join(dataDir, FILE), `${JSON.stringify(term)}\n`)
}

/** Files of before hold the number alone. */
function parse(text: string): Term | null {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    return null
  }
  const read = typeof value === 'number' ? { term: value } : (value as Term | null)
  return Number.isSafeInteger(read?.term) && (read as Term).term >= 1 ? read : null
}
