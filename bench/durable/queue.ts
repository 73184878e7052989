// The queue alone against the disk: records made durable by `SegmentLog.append` beside the same bytes appended and
// synced to a preallocated file by blocking calls, in turns on one disk. Commits follow each other as those of a PoP do:
// where they are large, one is encoded while another is written. Run: node bench/durable/queue.ts [FOLDER]
import { closeSync, fdatasyncSync, fsyncSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { performance } from 'node:perf_hooks'
import { AHEAD_RECORDS_MIN } from '../../runtime/broker/commit-groups.ts'
import { DEFAULT_SEGMENT_BYTES } from '../../runtime/pop-config.ts'
import { openFileDisk } from '../../runtime/queue/file-disk.ts'
import { LogCipher } from '../../runtime/queue/log-cipher.ts'
import type { LogRecord } from '../../runtime/queue/record.ts'
import { APPENDS_MAX, SegmentLog } from '../../runtime/queue/segment-log.ts'

const RECORD_BYTES = 512
/** Records in one commit, and turns measured of each kind. */
const BATCHES = [
  { records: 1, turns: 64 },
  { records: 64, turns: 64 },
  { records: 1_000, turns: 64 },
]
/** Commits in one turn. */
const TURN_COMMITS = 16
/** Turns before those, while code is compiled. */
const WARM_TURNS = 8
const BODY = JSON.stringify({ text: 'x'.repeat(RECORD_BYTES - 80), to: 4 })
const SHARE_WANTED = 0.8

/** A file of zeros, written over from its start again once it is full. */
class PreallocatedFile {
  readonly #fd: number
  readonly #size: number
  #at = 0

  constructor(path: string, size: number) {
    this.#size = size
    this.#fd = openSync(path, 'wx+')
    writeSync(this.#fd, Buffer.alloc(size), 0, size, 0)
    fsyncSync(this.#fd)
  }

  /** Takes a turn of commits of `bytes`; returns µs a commit. */
  turn(bytes: Buffer): number {
    const start = performance.now()
    for (let i = 0; i < TURN_COMMITS; i++) this.#append(bytes)
    return ((performance.now() - start) * 1_000) / TURN_COMMITS
  }

  #append(bytes: Buffer): void {
    if (this.#at + bytes.length > this.#size) this.#at = 0
    writeSync(this.#fd, bytes, 0, bytes.length, this.#at)
    fdatasyncSync(this.#fd)
    this.#at += bytes.length
  }

  close(): void {
    closeSync(this.#fd)
  }
}

/** A log that central follows closely, so that its segments come and go as at a venue. */
async function openLog(folder: string, cipher: LogCipher | null) {
  let laneSeq = 0
  let durable = 0
  const log = await SegmentLog.open(await openFileDisk(folder), {
    segmentBytes: DEFAULT_SEGMENT_BYTES,
    maxBytes: 10 * DEFAULT_SEGMENT_BYTES,
    cipher,
    replay: () => {},
    checkpoint: () => ({
      ...{ version: 3, log: 'bench', lastLaneSeq: { interactive: durable }, applied: {} },
      ...{ channels: {}, seen: [], position: durable, parts: {} },
    }),
  })
  const append = async (commit: LogRecord[]) => {
    await log.append(commit)
    durable += commit.length
  }
  /** Takes a turn of commits of `count` records; returns µs a commit. */
  const turn = async (count: number): Promise<number> => {
    const next = () => Array.from({ length: count }, () => record(++laneSeq))
    const commits = Array.from({ length: TURN_COMMITS }, next)
    const inFlight = count < AHEAD_RECORDS_MIN ? 1 : APPENDS_MAX
    const pending: Promise<void>[] = []
    const start = performance.now()
    for (const commit of commits) {
      if (pending.length === inFlight) await pending.shift()
      pending.push(append(commit))
    }
    await Promise.all(pending)
    const us = ((performance.now() - start) * 1_000) / TURN_COMMITS
    await log.release({ interactive: durable })
    return us
  }
  return { turn, close: () => log.close() }
}

/** A chat message that takes about RECORD_BYTES in the log; its body is parsed, as that of a frame from a socket is. */
function record(laneSeq: number): LogRecord {
  const t = 1_795_474_800_000 + laneSeq
  return {
    lane: 'interactive',
    laneSeq,
    ch: 'stage.chat',
    off: laneSeq,
    client: `attendee-${laneSeq % 2_000}`,
    seq: 1 + Math.floor(laneSeq / 2_000),
    at: t - 7,
    t,
    ack: 'disk',
    body: JSON.parse(BODY),
    bytes: RECORD_BYTES,
  }
}

function median(values: number[]): number {
  return values.sort((a, b) => a - b)[values.length >> 1] as number
}

const folder = mkdtempSync(join(process.argv[2] ?? tmpdir(), 'micropop-bench-'))
try {
  const limit = new PreallocatedFile(join(folder, 'limit'), DEFAULT_SEGMENT_BYTES)
  const plain = await openLog(join(folder, 'plain'), null)
  const sealed = await openLog(join(folder, 'sealed'), new LogCipher(Buffer.alloc(32, 1)))
  process.stdout.write(
    `records of ${RECORD_BYTES} B; medians of turns of ${TURN_COMMITS} commits, in ${folder}\n`,
  )
  process.stdout.write('records a commit   limit µs   queue µs   share   records/s   encrypted µs   share\n')
  for (const { records, turns } of BATCHES) {
    const bytes = Buffer.alloc(records * RECORD_BYTES, 'x')
    const [limitUs, plainUs, sealedUs]: [number[], number[], number[]] = [[], [], []]
    for (let turn = -WARM_TURNS; turn < turns; turn++) {
      const took = [limit.turn(bytes), await plain.turn(records), await sealed.turn(records)] as const
      if (turn < 0) continue
      limitUs.push(took[0])
      plainUs.push(took[1])
      sealedUs.push(took[2])
    }
    const [of, queue, encrypted] = [median(limitUs), median(plainUs), median(sealedUs)]
    const row = [
      String(records).padStart(16),
      of.toFixed(0).padStart(10),
      queue.toFixed(0).padStart(10),
      (of / queue).toFixed(2).padStart(7),
      ((records * 1e6) / queue).toFixed(0).padStart(11),
      encrypted.toFixed(0).padStart(14),
      (of / encrypted).toFixed(2).padStart(7),
    ]
    const missed = of / queue < SHARE_WANTED ? `   below ${SHARE_WANTED}` : ''
    if (missed) process.exitCode = 1
    process.stdout.write(`${row.join(' ')}${missed}\n`)
  }
  limit.close()
  await plain.close()
  await sealed.close()
} finally {
  rmSync(folder, { recursive: true })
}
