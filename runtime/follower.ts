// Starts the second PoP of a venue: it keeps a copy of the first one's log, and can take its place.
import type { Logger } from 'pino'
import { MissingHere } from './errors.ts'
import { type Clock, systemClock } from './pop/clock.ts'
import { openQueueDisk } from './pop/queue-disk.ts'
import { readTerm, saveTerm } from './pop/term.ts'
import { venueCore } from './pop/venue-core.ts'
import type { PopConfig } from './pop-config.ts'
import { FollowerLog } from './replica/follower-log.ts'
import { type FollowerState, ReplicaFollower } from './replica/replica-follower.ts'

export interface FollowerOptions {
  /** Of the PoP that takes over: event, pop and channels are the leader's, the rest is this machine's. */
  config: PopConfig
  /** WebSocket URL of the leader's replica door, with its path. */
  leader: string
  /** What the leader asks followers for; null where it asks for nothing. */
  replicaToken: string | null
  logger: Logger
  progress: (state: FollowerState) => void
  clock?: Clock
  random?: () => number
}

/** Errors: MP_DATA_DIR, MP_LOG_OF_OWN, MP_QUEUE_KEY, MP_LOG_DAMAGED. Returns what ends it, once all that came is on disk. */
export async function startFollower(options: FollowerOptions): Promise<() => Promise<void>> {
  const { config, leader, replicaToken, logger, progress } = options
  const { clock = systemClock, random = Math.random } = options
  const { disk, cipher, unlock } = await openQueueDisk(config)
  let log: FollowerLog
  let term: number
  try {
    const known = await readTerm(config.dataDir)
    term = known.term
    if (!known.copy && (await disk.list()).length > 0) throw ownLog(config.dataDir)
    if (!known.copy) await saveTerm(config.dataDir, { term, copy: true })
    // Documents come from central once this PoP has taken over.
    const newCore = () => venueCore(config, { paths: config.uplinks.length, documents: [], random }).core
    log = await FollowerLog.open({ ...config.queue, disk, cipher, newCore })
  } catch (error) {
    unlock()
    throw error
  }
  const follower = new ReplicaFollower({
    url: leader,
    token: replicaToken,
    event: config.event,
    pop: config.pop,
    log,
    term,
    saveTerm: (raised) => saveTerm(config.dataDir, { term: raised, copy: true }),
    progress,
    wallMs: clock.wallMs,
    random,
    logger,
  })
  return async () => {
    await follower.close()
    await log.close()
    unlock()
  }
}

/** Following would replace it, and with it what never came to central. */
function ownLog(dataDir: string): MissingHere {
  return new MissingHere(
    'MP_LOG_OF_OWN',
    `${dataDir} holds a log that this PoP wrote itself`,
    `Save what central lacks with \`micropop queue export ${dataDir} --unsynced\`, then follow with an empty data folder.`,
  )
}
