// A complete segment written anew without the content of what may be shed, and put in its place in one step.
import { type Block, BlockEncoder } from './block.ts'
import type { Disk, DiskFile } from './disk.ts'
import type { LogCipher } from './log-cipher.ts'
import { isSheddable, type LogEntry, type LogRecord, type ShedRecord } from './record.ts'
import { LogDamaged, scanSegment, segmentNumber } from './segment-file.ts'

/** Read before what is left of it is written: bounds memory, and the time that the event loop gives at once. */
const READ_BYTES = 128 * 1024

export interface Compacted {
  /** The new file, under the old name. */
  file: DiskFile
  end: number
  blocks: Block[]
  shed: ShedRecord[]
}

/** The old file stays open for who reads it. Errors: MP_LOG_DAMAGED, and the disk's; then the old one is still there. */
export async function compactSegment(
  disk: Disk,
  old: DiskFile,
  cipher: LogCipher | null,
): Promise<Compacted> {
  const temporary = `${old.name}.compact`
  const file = await disk.create(temporary)
  try {
    const written = await writeCompacted(old, file, cipher)
    await disk.rename(temporary, old.name)
    await file.close()
    return { ...written, file: await disk.open(old.name) }
  } catch (error) {
    await file.close()
    if ((await disk.list()).includes(temporary)) await disk.remove(temporary)
    throw error
  }
}

async function writeCompacted(old: DiskFile, file: DiskFile, cipher: LogCipher | null) {
  const segment = segmentNumber(old.name)
  const encoder = new BlockEncoder(cipher)
  const blocks: Block[] = []
  const shed: ShedRecord[] = []
  let end = 0
  let read = 0
  let waiting: (LogRecord | ShedRecord)[] = []
  let waitingBytes = 0
  const flush = async () => {
    if (waiting.length === 0) return
    const encoded = encoder.encode(waiting, segment, end)
    waiting = []
    waitingBytes = 0
    await file.write(encoded.bytes, end)
    end += encoded.bytes.length
    blocks.push(...encoded.blocks)
  }
  const take = (entry: Exclude<LogEntry, { checkpoint: unknown }>) => {
    if ('shed' in entry) return waiting.push(entry.shed)
    if (!isSheddable(entry.message)) return waiting.push(entry.message)
    const left = withoutContent(entry.message)
    shed.push(left)
    return waiting.push(left)
  }
  for await (const { entries, offset, length } of scanSegment(old, cipher)) {
    for (const entry of entries) {
      if ('checkpoint' in entry) {
        const bytes = encoder.checkpoint(entry.checkpoint, segment)
        await file.write(bytes, 0)
        end = bytes.length
      } else take(entry)
    }
    read = offset + length
    waitingBytes += length
    if (waitingBytes >= READ_BYTES) await flush()
  }
  await flush()
  if (read < old.size) throw new LogDamaged(old.name, read)
  return { end, blocks, shed }
}

function withoutContent({ lane, laneSeq, ch, part, off, origin, client, seq }: LogRecord): ShedRecord {
  return {
    ...{ lane, laneSeq, ch, off, client, seq },
    ...(part !== undefined && { part }),
    ...(origin !== undefined && { origin }),
  }
}
