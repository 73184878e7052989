// The records of a log as lines of JSON, one at a time, so that a log of any size can be looked through.
import type { Lane } from '../protocol/lanes.ts'
import type { ReadableDisk } from './disk.ts'
import type { LogCipher } from './log-cipher.ts'
import { appliedByCheckpoints, walkLog } from './log-walk.ts'
import type { LogRecord, ShedRecord } from './record.ts'
import type { LogDamaged } from './segment-file.ts'

/** All of them must hold. */
export interface RecordFilter {
  lane?: Lane
  ch?: string
  client?: string
  /** Came to the PoP at this time or later, ms since the Unix epoch. A record that was shed has no time. */
  sinceT?: number
  /** Central did not have it when the newest segment was opened. */
  unsynced?: boolean
}

/**
 * One line for each record, with its line end; one that was shed says `"shed":true` and has no content. What is
 * damaged is passed over and told. Errors: MP_QUEUE_KEY.
 */
export async function* exportLog(
  disk: ReadableDisk,
  cipher: LogCipher | null,
  filter: RecordFilter,
  onDamage: (damage: LogDamaged) => void,
): AsyncGenerator<string> {
  const applied = await appliedByCheckpoints(disk, cipher)
  const passes = (record: LogRecord | ShedRecord) =>
    (filter.lane === undefined || record.lane === filter.lane) &&
    (filter.ch === undefined || record.ch === filter.ch) &&
    (filter.client === undefined || record.client === filter.client) &&
    (filter.sinceT === undefined || ('t' in record && record.t >= filter.sinceT)) &&
    (!filter.unsynced || record.laneSeq > applied[record.lane])
  for await (const found of walkLog(disk, cipher)) {
    if (found.is === 'damage') onDamage(found.damage)
    if (found.is !== 'frame') continue
    for (const entry of found.entries) {
      if ('checkpoint' in entry) continue
      const record = 'shed' in entry ? entry.shed : entry.message
      if (passes(record)) yield `${JSON.stringify('shed' in entry ? { ...record, shed: true } : record)}\n`
    }
  }
}
