// A log on a modelled disk with the state that its checkpoints need, as the PoP keeps it.
import { LANES, type Lane } from '../../protocol/lanes.ts'
import type { Checkpoint, LogEntry, LogRecord, ShedRecord } from '../record.ts'
import type { LogDamaged } from '../segment-file.ts'
import { SegmentLog, type SegmentLogOptions } from '../segment-log.ts'
import type { ModelledDisk } from './modelled-disk.ts'

export const SEGMENT_BYTES = 1_000

export type Group = [lane: Lane, body: unknown, of?: Partial<LogRecord>][]

export interface OpenLogOptions extends Partial<SegmentLogOptions> {
  channels?: Record<string, number>
}

export async function openLog(disk: ModelledDisk, { channels = {}, ...options }: OpenLogOptions = {}) {
  const last: Partial<Record<Lane, number>> = {}
  const applied: Partial<Record<Lane, number>> = {}
  const replayed: LogRecord[] = []
  const replayedShed: ShedRecord[] = []
  const damage: LogDamaged[] = []
  let entries = 0
  let position = 0
  const log = await SegmentLog.open(disk, {
    segmentBytes: SEGMENT_BYTES,
    maxBytes: 10 ** 9,
    onDamage: (damaged) => damage.push(damaged),
    ...options,
    checkpoint: (): Checkpoint => ({
      version: 3,
      log: 'log-1',
      lastLaneSeq: { ...last },
      applied: { ...applied },
      channels,
      seen: [],
      position,
      parts: {},
    }),
    replay: (entry: LogEntry) => {
      if ('checkpoint' in entry) {
        if (entries === 0) Object.assign(last, entry.checkpoint.lastLaneSeq)
        position = entry.checkpoint.position
        Object.assign(applied, entry.checkpoint.applied)
      } else {
        const record = 'shed' in entry ? entry.shed : entry.message
        last[record.lane] = record.laneSeq
        position++
        if ('shed' in entry) replayedShed.push(entry.shed)
        else replayed.push(entry.message)
      }
      entries++
    },
  })
  const record = (lane: Lane, body: unknown, of: Partial<LogRecord>): LogRecord => {
    const laneSeq = (last[lane] ?? 0) + 1
    last[lane] = laneSeq
    const identity = { lane, laneSeq, ch: 'room', off: laneSeq, client: 'ann', seq: laneSeq }
    return { ...identity, at: 0, t: 0, ack: 'disk', body, bytes: 10, ...of }
  }
  /** Appends one group; numbers are taken back where the disk has no room, as the PoP does. */
  const append = async (...group: Group): Promise<LogRecord[]> => {
    const before = { ...last }
    const records = group.map(([lane, body, of]) => record(lane, body, of ?? {}))
    try {
      await log.append(records)
    } catch (error) {
      Object.assign(last, Object.fromEntries(LANES.map((lane) => [lane, before[lane] ?? 0])))
      throw error
    }
    position += records.length
    return records
  }
  const release = (through: Partial<Record<Lane, number>>, tMs?: number) => {
    Object.assign(applied, through)
    return log.release(through, tMs)
  }
  return { log, append, release, replayed, replayedShed, damage, last }
}

/** The segments on a disk, without the room taken for the next. */
export async function segments(disk: ModelledDisk): Promise<string[]> {
  return (await disk.list()).filter((name) => name.endsWith('.log'))
}

/** Appends one record at a time until there are `count` segments. */
export async function fill(disk: ModelledDisk, count: number): Promise<LogRecord[]> {
  const { append, log } = await openLog(disk)
  const records: LogRecord[] = []
  while ((await segments(disk)).length < count) {
    records.push(...(await append(['interactive', `vote ${records.length}`])))
  }
  await log.close()
  return records
}
