// The queue alone against the disk: records made durable by `SegmentLog.append` beside the same bytes appended and
// synced to a preallocated file by blocking calls, in turns on one disk. Run: node bench/durable/queue.ts [FOLDER]
import { closeSync, fdatasyncSync, fsyncSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { performance } from 'node:perf_hooks'
import { DEFAULT_SEGMENT_BYTES } from '../../runtime/pop-config.ts'
import { openFileDisk } from '../../runtime/queue/file-disk.ts'
import { LogCipher } from '../../runtime/queue/log-cipher.ts'
import type { LogRecord } from '../../runtime/queue/record.ts'
import { SegmentLog } from '../../runtime/queue/segment-log.ts'

const RECORD_BYTES = 512
/** Records in one commit, and commits measured of each kind. */
const BATCHES = [
  { records: 1, turns: 1_000 },
  { records: 64, turns: 1_000 },
  { records: 1_000, turns: 400 },
]
/** Commits before those, while code is compiled. */
const WARM_TURNS = 100
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

  append(bytes: Buffer): void {
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
      ...{ channels: {}, seen: [], position: 0, parts: {} },
    }),
  })
  const next = (count: number) => Array.from({ length: count }, () => record(++laneSeq))
  const release = () => {
    durable = laneSeq
    return log.release({ interactive: durable })
  }
  return { log, next, release }
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
  process.stdout.write(`records of ${RECORD_BYTES} B; medians of commits in turns, in ${folder}\n`)
  process.stdout.write('records a commit   limit µs   queue µs   share   records/s   encrypted µs   share\n')
  for (const { records, turns } of BATCHES) {
    const bytes = Buffer.alloc(records * RECORD_BYTES, 'x')
    const [limitUs, plainUs, sealedUs]: [number[], number[], number[]] = [[], [], []]
    for (let turn = -WARM_TURNS; turn < turns; turn++) {
      const start = performance.now()
      limit.append(bytes)
      const limitMs = performance.now() - start
      const took: number[] = []
      for (const { log, next, release } of [plain, sealed]) {
        const commit = next(records)
        const begun = performance.now()
        await log.append(commit)
        took.push(performance.now() - begun)
        await release()
      }
      if (turn < 0) continue
      limitUs.push(limitMs * 1_000)
      plainUs.push((took[0] as number) * 1_000)
      sealedUs.push((took[1] as number) * 1_000)
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
    process.stdout.write(`${row.join(' ')}${missed}\n`)
  }
  limit.close()
  await plain.log.close()
  await sealed.log.close()
} finally {
  rmSync(folder, { recursive: true })
}
