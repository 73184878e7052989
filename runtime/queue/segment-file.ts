// One segment file read from its start: its frames in order, and what the bytes behind the last of them are.
import { MicropopError } from '../errors.ts'
import { decodePayload, type LaneSpan, spansOf } from './block.ts'
import type { ReadableFile } from './disk.ts'
import { FRAME_HEADER_BYTES, intactPayload, readFrameHeader } from './frame.ts'
import { isSealed, type LogCipher } from './log-cipher.ts'
import { LOG_VERSION, type LogEntry } from './record.ts'

const SCAN_BYTES = 256 * 1024
const ZEROS = Buffer.alloc(SCAN_BYTES)

export class LogDamaged extends MicropopError {
  readonly file: string
  readonly offset: number | null

  /** `offset`: byte of the first broken frame; null where the whole file is missing. */
  constructor(file: string, offset: number | null) {
    const what = offset === null ? 'is missing' : `is damaged at byte ${offset}`
    super('MP_LOG_DAMAGED', `queue segment ${file} ${what}`, {
      exitCode: 3,
      remedy: 'Keep a copy of the data folder for recovery, then start the PoP with an empty one.',
    })
    this.file = file
    this.offset = offset
  }
}

/** The log and the key do not belong together. */
export class LogKeyMismatch extends MicropopError {
  constructor(file: string, why: 'no-key' | 'not-sealed' | 'other-key') {
    const [what, remedy] = {
      'no-key': ['is encrypted and no key is given', 'Give the key file that this PoP was run with.'],
      'not-sealed': [
        'is not encrypted though a key is given',
        'Drain the queue without the key, then start with the key and an empty data folder.',
      ],
      'other-key': ['does not open with this key', 'Give the key file that this PoP was run with.'],
    }[why] as [string, string]
    super('MP_QUEUE_KEY', `queue segment ${file} ${what}`, { exitCode: 3, remedy })
  }
}

/** Written by a later micropop, in a way that this one does not know. */
export class LogNewer extends MicropopError {
  constructor(file: string, version: unknown) {
    super(
      'MP_LOG_NEWER',
      `queue segment ${file} has version ${version}; this micropop knows ${LOG_VERSION}`,
      {
        exitCode: 3,
        remedy: 'Run the micropop that wrote it, which goes on where it ended; nothing was changed.',
      },
    )
  }
}

export interface ScannedFrame {
  entries: LogEntry[]
  spans: LaneSpan[]
  offset: number
  /** Of the whole frame, bytes. */
  length: number
}

export function segmentName(number: number): string {
  return `${String(number).padStart(10, '0')}.log`
}

/** The segments among the files of a folder, ascending. Errors: MP_LOG_DAMAGED, where one between them is missing. */
export function segmentNames(files: readonly string[]): string[] {
  const names = files.filter((name) => /^\d{10}\.log$/.test(name)).sort()
  for (const [i, name] of names.entries()) {
    const expected = i === 0 ? name : segmentName(segmentNumber(names[i - 1] as string) + 1)
    if (name !== expected) throw new LogDamaged(expected, null)
  }
  return names
}

export function segmentNumber(name: string): number {
  return Number.parseInt(name, 10)
}

/**
 * The intact frames of a segment from its start, up to the first that is torn or not there.
 * Errors: MP_QUEUE_KEY; MP_LOG_DAMAGED where the segment does not open with a checkpoint.
 */
export async function* scanSegment(
  file: ReadableFile,
  cipher: LogCipher | null,
): AsyncGenerator<ScannedFrame, void, undefined> {
  const segment = segmentNumber(file.name)
  let offset = 0
  let commitAt = 0
  let window: Uint8Array = new Uint8Array()
  let windowAt = 0
  const at = async (length: number) => {
    if (offset + length > windowAt + window.length) {
      windowAt = offset
      window = await file.read(offset, Math.max(length, SCAN_BYTES))
    }
    return window.subarray(offset - windowAt, offset - windowAt + length)
  }
  while (offset < file.size) {
    const header = readFrameHeader(await at(FRAME_HEADER_BYTES))
    // A frame belongs to the commit before it or starts its own: another one was left there by a commit that failed.
    if (!header || (header.commitAt !== offset && header.commitAt !== commitAt)) return
    const length = FRAME_HEADER_BYTES + header.length
    if (offset + length > file.size) return
    const payload = intactPayload(await at(length), header)
    if (!payload) return
    commitAt = header.commitAt
    const entries = decodePayload(payload, cipher, { segment, offset, commitAt })
    if (!entries) throw new LogKeyMismatch(file.name, mismatch(payload, cipher))
    const [first] = entries
    if (offset === 0 && !(first && 'checkpoint' in first)) throw new LogDamaged(file.name, 0)
    if (first && 'checkpoint' in first && first.checkpoint.version !== LOG_VERSION)
      throw new LogNewer(file.name, first.checkpoint.version)
    yield { entries, spans: spansOf(entries), offset, length }
    offset += length
  }
}

function mismatch(payload: Uint8Array, cipher: LogCipher | null): 'no-key' | 'not-sealed' | 'other-key' {
  if (!isSealed(payload)) return 'not-sealed'
  return cipher ? 'other-key' : 'no-key'
}

/**
 * What lies behind the last intact frame of a segment, which ends at `end`. `zeros`: nothing, or room allocated ahead.
 * `torn`: a commit that a crash cut short. `damaged`: a whole frame of a later commit follows, so what is broken had
 * been synced.
 */
export async function tailOf(
  file: ReadableFile,
  end: number,
  cipher: LogCipher | null,
): Promise<'zeros' | 'torn' | 'damaged'> {
  const dataEnd = await lastByte(file, end)
  if (dataEnd === end) return 'zeros'
  return (await laterCommitFollows(file, end, dataEnd, cipher)) ? 'damaged' : 'torn'
}

/** Offset behind the last byte from `from` on that is not zero; `from` where all are. */
async function lastByte(file: ReadableFile, from: number): Promise<number> {
  for (let until = file.size; until > from; ) {
    const start = Math.max(from, until - SCAN_BYTES)
    const bytes = Buffer.from(await file.read(start, until - start))
    if (!bytes.equals(ZEROS.subarray(0, bytes.length))) {
      for (let i = bytes.length; i > 0; i--) if (bytes[i - 1] !== 0) return start + i
    }
    until = start
  }
  return from
}

/**
 * Whether a whole frame of a commit that started after `brokenAt` lies behind it. Every byte is tried, for the broken
 * frame's length may be what is broken. No frame can lie inside a payload in the clear: JSON text has no byte below
 * 0x20, and the last byte of a length within PAYLOAD_BYTES_MAX always is. Inside a sealed one, none would open.
 */
async function laterCommitFollows(
  file: ReadableFile,
  brokenAt: number,
  dataEnd: number,
  cipher: LogCipher | null,
): Promise<boolean> {
  let window = await file.read(brokenAt, SCAN_BYTES)
  let windowAt = brokenAt
  for (let offset = brokenAt + 1; offset + FRAME_HEADER_BYTES <= dataEnd; offset++) {
    if (offset + FRAME_HEADER_BYTES > windowAt + window.length) {
      windowAt = offset
      window = await file.read(offset, SCAN_BYTES)
    }
    const header = readFrameHeader(window, offset - windowAt)
    if (!header || header.commitAt <= brokenAt || header.commitAt > offset) continue
    const length = FRAME_HEADER_BYTES + header.length
    if (offset + length > file.size) continue
    const payload = intactPayload(await file.read(offset, length), header)
    const place = { segment: segmentNumber(file.name), offset, commitAt: header.commitAt }
    if (payload && (!isSealed(payload) || (cipher?.open(payload, place) ?? null) !== null)) return true
  }
  return false
}
