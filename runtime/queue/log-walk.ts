// A log read from its start by somebody else than its PoP: nothing is written, and the PoP may go on writing beside it.
import { join } from 'node:path'
import { InvalidInput } from '../errors.ts'
import { LANES, type Lane } from '../protocol/lanes.ts'
import type { ReadableDisk, ReadableFile } from './disk.ts'
import { readFileDisk } from './file-disk.ts'
import type { LogCipher } from './log-cipher.ts'
import { LogDamaged, type ScannedFrame, scanSegment, segmentNames, tailOf } from './segment-file.ts'

/** How often the end of the newest segment is looked at again where commits arrive meanwhile. */
const LOOKS_MAX = 5

export type Found =
  /** Opens each segment. `bytes`: of the file, room taken ahead included. */
  | { is: 'segment'; file: string; bytes: number }
  | ({ is: 'frame'; file: string } & ScannedFrame)
  /** A commit that a crash cut short, or that is being written at this moment. */
  | { is: 'torn'; file: string; offset: number }
  | { is: 'damage'; damage: LogDamaged }

/**
 * The queue of a PoP's data folder, or of a copy of one. Errors: MP_NO_QUEUE where there is none.
 */
export async function openQueueFolder(dataDir: string): Promise<ReadableDisk> {
  const disk = readFileDisk(join(dataDir, 'queue'))
  const names = await disk.list().catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return []
    throw error
  })
  if (names.some((name) => name.endsWith('.log'))) return disk
  throw new InvalidInput(
    'MP_NO_QUEUE',
    `${dataDir} holds no queue`,
    'Give the data folder of a PoP, `dataDir` in its pop.json: the log is in its folder `queue`.',
  )
}

/** All that is intact, in order, and what is not. Errors: MP_QUEUE_KEY. */
export async function* walkLog(disk: ReadableDisk, cipher: LogCipher | null): AsyncGenerator<Found> {
  let names: string[]
  try {
    names = segmentNames(await disk.list())
  } catch (error) {
    if (!(error instanceof LogDamaged)) throw error
    yield { is: 'damage', damage: error }
    names = (await disk.list()).filter((name) => name.endsWith('.log'))
  }
  for (const [i, name] of names.entries()) {
    const file = await openKept(disk, name)
    if (!file) continue
    try {
      yield* walkSegment(file, i === names.length - 1, cipher)
    } finally {
      await file.close()
    }
  }
}

/** What central had of each lane when the newest segment was opened: it may have more by now. */
export async function appliedByCheckpoints(
  disk: ReadableDisk,
  cipher: LogCipher | null,
): Promise<Record<Lane, number>> {
  const applied = Object.fromEntries(LANES.map((lane) => [lane, 0])) as Record<Lane, number>
  for (const name of (await disk.list()).filter((file) => file.endsWith('.log'))) {
    const file = await openKept(disk, name)
    if (!file) continue
    const frames = scanSegment(file, cipher)
    try {
      const { value } = await frames.next()
      const first = value?.entries[0]
      if (!first || !('checkpoint' in first)) continue
      for (const lane of LANES) applied[lane] = Math.max(applied[lane], first.checkpoint.applied[lane] ?? 0)
    } catch (error) {
      // Said by whoever walks the log.
      if (!(error instanceof LogDamaged)) throw error
    } finally {
      await frames.return()
      await file.close()
    }
  }
  return applied
}

/** Null for a segment that the PoP has let go since it was listed. */
async function openKept(disk: ReadableDisk, name: string): Promise<ReadableFile | null> {
  return await disk.open(name).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT') throw error
    return null
  })
}

async function* walkSegment(
  file: ReadableFile,
  newest: boolean,
  cipher: LogCipher | null,
): AsyncGenerator<Found> {
  yield { is: 'segment', file: file.name, bytes: file.size }
  let end = 0
  try {
    for await (const frame of scanSegment(file, cipher)) {
      yield { is: 'frame', file: file.name, ...frame }
      end = frame.offset + frame.length
    }
    const tail = end === file.size ? 'zeros' : await settledTail(file, end, cipher)
    if (tail === 'damaged' || end === 0 || (!newest && tail === 'torn')) throw new LogDamaged(file.name, end)
    if (tail === 'torn') yield { is: 'torn', file: file.name, offset: end }
  } catch (error) {
    if (!(error instanceof LogDamaged)) throw error
    yield { is: 'damage', damage: error }
  }
}

/** What lies behind `end`: commits that arrived since the scan are no damage. */
async function settledTail(file: ReadableFile, end: number, cipher: LogCipher | null) {
  let tail = await tailOf(file, end, cipher)
  for (let look = 0; tail === 'damaged' && look < LOOKS_MAX; look++) {
    let now = 0
    for await (const { offset, length } of scanSegment(file, cipher)) now = offset + length
    if (now === end) return tail
    end = now
    tail = await tailOf(file, end, cipher)
  }
  return tail
}
