// A ledger: a folder with a JSON file for every forecast that was kept and every bill that was held against one.
import { mkdir, readdir, readFile, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { replaceFile } from '../../../runtime/durable-file.ts'
import { InvalidInput, MissingHere } from '../../../runtime/errors.ts'
import { isIntact } from './entry.ts'
import type { LedgerEntry, LedgerScore } from './ledger-result.ts'
import { ledgerFile } from './schema.ts'

const FILES_MAX = 10_000
const BYTES_MAX = 50_000_000
const NAME = /\.(forecast|score)\.json$/
const HASH_SHOWN = 12

/** Where a ledger is that nobody named: beside the event file. */
export function ledgerBeside(eventFile: string): string {
  return join(dirname(eventFile), 'ledger')
}

/**
 * Keeps a forecast or a score: on disk whole or not at all. Equal content has one name, so that keeping it twice is
 * keeping it once. Returns its file. Errors: MP_LEDGER_UNWRITABLE.
 */
export async function keep(folder: string, kept: LedgerEntry | LedgerScore): Promise<string> {
  const what = kept.kind === 'score' ? 'score' : 'forecast'
  const at = kept.createdAt.replaceAll(/[-:]|\.\d+/g, '')
  const file = join(folder, `${kept.event}-${at}-${kept.hash.slice(0, HASH_SHOWN)}.${what}.json`)
  try {
    await mkdir(folder, { recursive: true })
    await replaceFile(file, `${JSON.stringify(kept, null, 2)}\n`)
  } catch (cause) {
    throw new MissingHere(
      'MP_LEDGER_UNWRITABLE',
      `the ledger ${folder} cannot be written: ${(cause as Error).message}`,
      'Name a folder that can be written to with --ledger.',
      cause,
    )
  }
  return file
}

export interface Ledger {
  /** Oldest first. */
  entries: (LedgerEntry & { file: string })[]
  scores: (LedgerScore & { file: string })[]
}

/**
 * What the ledger holds of an event, of all events where none is named; nothing where there is no such folder.
 * Errors: MP_LEDGER_INVALID, MP_LEDGER_TAMPERED.
 */
export async function readLedger(folder: string, event?: string): Promise<Ledger> {
  const names = (await namesIn(folder)).filter(
    (name) => NAME.test(name) && (event === undefined || name.startsWith(`${event}-`)),
  )
  if (names.length > FILES_MAX) {
    const remedy = 'Move old ones away.'
    throw new InvalidInput('MP_LEDGER_INVALID', `the ledger has more than ${FILES_MAX} files`, remedy, {
      file: folder,
    })
  }
  const ledger: Ledger = { entries: [], scores: [] }
  for (const name of names.toSorted()) {
    const file = join(folder, name)
    const kept = await readKept(file)
    // A name may begin like that of another event.
    if (event !== undefined && kept.event !== event) continue
    if (kept.kind === 'score') ledger.scores.push({ ...kept, file })
    else ledger.entries.push({ ...kept, file })
  }
  const byTime = (a: { createdAt: string }, b: { createdAt: string }) => (a.createdAt < b.createdAt ? -1 : 1)
  ledger.entries.sort(byTime)
  ledger.scores.sort(byTime)
  return ledger
}

/** One file of a ledger. Errors: MP_LEDGER_INVALID, MP_LEDGER_TAMPERED where it does not say what it said when it was kept. */
export async function readKept(file: string): Promise<LedgerEntry | LedgerScore> {
  let value: unknown
  try {
    if ((await stat(file)).size > BYTES_MAX) throw new Error(`is larger than ${BYTES_MAX} bytes`)
    value = JSON.parse(await readFile(file, 'utf8'))
  } catch (error) {
    throw invalid(file, (error as Error).message)
  }
  const parsed = ledgerFile.safeParse(value)
  if (!parsed.success) {
    const [issue] = parsed.error.issues
    throw invalid(file, `${issue?.path.join('.') || 'the whole'}: ${issue?.message}`)
  }
  if (!isIntact(parsed.data)) {
    throw new InvalidInput(
      'MP_LEDGER_TAMPERED',
      'it does not say what it said when it was kept: its hash is of other content',
      'Restore it from a copy, or approve the forecast anew with `micropop forecast EVENT --approve`.',
      { file },
    )
  }
  return parsed.data
}

async function namesIn(folder: string): Promise<string[]> {
  try {
    return await readdir(folder)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return []
    throw invalid(folder, (error as Error).message)
  }
}

function invalid(file: string, message: string): InvalidInput {
  const remedy = 'A ledger holds what `forecast --approve`, `forecast --record` and `reconcile` wrote there.'
  return new InvalidInput('MP_LEDGER_INVALID', message, remedy, { file })
}
