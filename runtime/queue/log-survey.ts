// What a log holds and whether it is whole, for an engineer: one pass, and memory for the names in it alone.
import { LANES, type Lane } from '../protocol/lanes.ts'
import type { ReadableDisk } from './disk.ts'
import type { LogCipher } from './log-cipher.ts'
import { appliedByCheckpoints, walkLog } from './log-walk.ts'
import { type Checkpoint, type LogRecord, type ShedRecord, streamOf } from './record.ts'

/** Damaged places listed; there may be more. */
const DAMAGE_MAX = 100

export interface LaneSurvey {
  /** Oldest record here, and newest; 0 where there was none yet. */
  first: number
  last: number
  /** What central had when the newest segment was opened. */
  applied: number
  backlog: number
}

export interface LogSurvey {
  /** Identity of the log: the epoch of its channels. */
  log: string | null
  encrypted: boolean
  /** Frames that an older key of the key file alone opens: it is needed as long as there are some. */
  underOlderKeys: number
  segments: number
  /** Of log, and of the files with the room taken ahead. */
  bytes: number
  fileBytes: number
  records: number
  shed: number
  lanes: Record<Lane, LaneSurvey>
  /** Channels and partitions. */
  streams: number
  clients: number
  /** When the oldest record came that central does not have, ms since the Unix epoch; null where it has all. */
  oldestUnsyncedT: number | null
  /** The end of the newest segment: cut short by a crash, or being written. */
  torn: { file: string; offset: number } | null
  /** `offset` null: the whole file, or the records before it, are missing. */
  damage: { file: string; offset: number | null; what: string }[]
}

/** Errors: MP_QUEUE_KEY. */
export async function surveyLog(disk: ReadableDisk, cipher: LogCipher | null): Promise<LogSurvey> {
  const applied = await appliedByCheckpoints(disk, cipher)
  const lanes = Object.fromEntries(
    LANES.map((lane) => [lane, { first: 0, last: 0, applied: applied[lane], backlog: 0 }]),
  ) as Record<Lane, LaneSurvey>
  const survey: LogSurvey = {
    ...{
      log: null,
      encrypted: cipher !== null,
      underOlderKeys: 0,
      segments: 0,
      bytes: 0,
      fileBytes: 0,
      records: 0,
      shed: 0,
    },
    ...{ lanes, streams: 0, clients: 0, oldestUnsyncedT: null, torn: null, damage: [] },
  }
  const streams = new Set<string>()
  const clients = new Set<string>()
  const damaged = (file: string, offset: number | null, what: string) => {
    if (survey.damage.length < DAMAGE_MAX) survey.damage.push({ file, offset, what })
  }

  const open = ({ log, lastLaneSeq, channels, seen }: Checkpoint, file: string) => {
    survey.log ??= log
    for (const stream of Object.keys(channels)) streams.add(stream)
    for (const { client } of seen) clients.add(client)
    for (const lane of LANES) {
      const last = lastLaneSeq[lane] ?? 0
      if (survey.segments > 1 && last !== lanes[lane].last)
        damaged(
          file,
          null,
          `records ${lanes[lane].last + 1} to ${last} of lane ${lane} are missing before it`,
        )
      lanes[lane].last = last
    }
  }
  const count = (record: ShedRecord | LogRecord, file: string, offset: number) => {
    const { lane: name, laneSeq, ch, part, client } = record
    streams.add(streamOf(ch, part))
    clients.add(client)
    survey.records++
    if (!('ack' in record)) survey.shed++
    if (laneSeq === 0) return
    const lane = lanes[name]
    if (laneSeq !== lane.last + 1)
      damaged(file, offset, `record ${laneSeq} of lane ${name} follows record ${lane.last}`)
    lane.first ||= laneSeq
    lane.last = laneSeq
    if ('ack' in record && laneSeq > lane.applied)
      survey.oldestUnsyncedT = Math.min(survey.oldestUnsyncedT ?? record.t, record.t)
  }

  const openedBefore = cipher?.openedByOlder ?? 0
  for await (const found of walkLog(disk, cipher)) {
    if (found.is === 'segment') {
      survey.segments++
      survey.fileBytes += found.bytes
    } else if (found.is === 'damage') {
      damaged(found.damage.file, found.damage.offset, found.damage.message)
    } else if (found.is === 'torn') {
      survey.torn = { file: found.file, offset: found.offset }
    } else {
      survey.bytes += found.length
      for (const entry of found.entries) {
        if ('checkpoint' in entry) open(entry.checkpoint, found.file)
        else count('shed' in entry ? entry.shed : entry.message, found.file, found.offset)
      }
    }
  }
  for (const lane of LANES) lanes[lane].backlog = Math.max(0, lanes[lane].last - lanes[lane].applied)
  survey.underOlderKeys = (cipher?.openedByOlder ?? 0) - openedBefore
  return { ...survey, streams: streams.size, clients: clients.size }
}
