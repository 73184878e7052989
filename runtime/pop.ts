// Starts a PoP: replays its log, then serves sessions, images and the uplink until closed.
import type { AddressInfo } from 'node:net'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import type { Logger } from 'pino'
import { Registry } from 'prom-client'
import { ReplayedHistory } from './broker/replayed-history.ts'
import { SessionRouter } from './broker/session-router.ts'
import { DocumentFiles } from './documents/document-files.ts'
import { listening } from './listening.ts'
import type { NatsSettings } from './nats/connection.ts'
import { adminServer } from './pop/admin.ts'
import { type Clock, systemClock } from './pop/clock.ts'
import { CoreDriver } from './pop/core-driver.ts'
import { drainSessions } from './pop/drain-sessions.ts'
import { Fronts } from './pop/fronts.ts'
import { checkOpenDoor } from './pop/open-door.ts'
import { openQueueDisk } from './pop/queue-disk.ts'
import { openReplicaDoor } from './pop/replica-door.ts'
import { resumeKey } from './pop/resume-key.ts'
import { sessionThreads } from './pop/session-threads.ts'
import { ShowDesk } from './pop/show-desk.ts'
import { saveTerm, takenOver, writerTerm } from './pop/term.ts'
import { Uplinks } from './pop/uplinks.ts'
import { UsedTokenFile } from './pop/used-tokens.ts'
import { venueCore } from './pop/venue-core.ts'
import { writeTimes } from './pop/write-times.ts'
import type { PopConfig } from './pop-config.ts'
import { SegmentLog } from './queue/segment-log.ts'
import { timedDisk } from './queue/timed-disk.ts'

export interface PopOptions {
  config: PopConfig
  /** Shared secret of the uplink; null where central asks for none. */
  uplinkToken: string | null
  /** What a PoP that follows this one shows; null asks for none, which is for loopback only. Default null. */
  replicaToken?: string | null
  /** Where PoPs of one event form one broker; null: this one is on its own. Default null. */
  nats?: NatsSettings | null
  /** Takes over the log that was followed here: whoever wrote it before is refused by central from now on. */
  promote?: boolean
  logger: Logger
  clock?: Clock
  random?: () => number
}

export interface RunningPop {
  /** Ports bound, also where the configuration said 0. */
  port: number
  adminPort: number
  /** Takes no more sessions and sends those there are elsewhere, spread over time. Resolves when they are gone. */
  drain: () => Promise<void>
  /**
   * Resolves once the PoP was drained, by whomever; rejects with MP_THREAD_DIED, or MP_LOG_TAKEN_OVER once it was drained
   * for that. `close` it then.
   */
  ended: Promise<void>
  /** Stops taking sessions, finishes the commit in progress, closes the log. */
  close: () => Promise<void>
}

/**
 * Errors: MP_PORT_TAKEN, MP_LISTEN_ADDRESS, MP_LOG_DAMAGED, MP_QUEUE_KEY, MP_DATA_DIR, MP_OPEN_DOOR, MP_AUTH_KEY,
 * MP_REPLICA_TOKEN, MP_LOG_FOLLOWED, MP_LOG_TAKEN_OVER, MP_DOCUMENT_DAMAGED, those of `readCertificate`.
 */
export async function startPop(options: PopOptions): Promise<RunningPop> {
  /** What is open, in the order of its opening; closed in the reverse. */
  const opened: (() => unknown)[] = []
  let closing: Promise<void> | undefined
  const close = () => {
    closing ??= (async () => {
      for (const end of opened.reverse()) await end()
    })()
    return closing
  }
  try {
    return await start(options, (end) => opened.push(end), close)
  } catch (error) {
    await close()
    throw error
  }
}

async function start(
  options: PopOptions,
  opened: (close: () => unknown) => void,
  close: () => Promise<void>,
): Promise<RunningPop> {
  const { config, logger, uplinkToken, replicaToken = null, nats = null, promote = false } = options
  const { clock = systemClock, random = Math.random } = options
  const { monotonicMs: nowMs, wallMs } = clock
  const startedMs = nowMs()
  checkOpenDoor(config, logger)
  const { disk, cipher, unlock } = await openQueueDisk(config)
  opened(unlock)
  const term = await writerTerm(config.dataDir, promote)
  const kept = await DocumentFiles.open(join(config.dataDir, 'documents'))
  const paths = nats ? 1 : config.uplinks.length
  const { core, queries, documents } = venueCore(config, {
    ...{ term: term.term, paths, documents: kept.documents },
    random,
  })
  const history = new ReplayedHistory(config.limits)
  const registry = new Registry()
  const log = await SegmentLog.open(timedDisk(disk, nowMs, writeTimes(registry)), {
    ...config.queue,
    cipher,
    replay: (entry) => {
      core.replay(entry)
      history.replay(entry)
    },
    checkpoint: () => core.checkpoint(),
    onDamage: ({ message, file, offset }) => logger.error({ file, offset }, message),
  })
  opened(() => log.close())
  if (promote) {
    const { position, lastLaneSeq: lanes } = core.checkpoint()
    term.began = { position, lanes }
    await saveTerm(config.dataDir, term)
  }
  const used = await UsedTokenFile.open(config.dataDir, {
    wallMs,
    onFault: (error) => logger.error({ err: error.message }, 'used tokens cannot be kept on the disk'),
  })
  opened(() => used.close())

  const router: SessionRouter = new SessionRouter({
    core,
    queries,
    used,
    perform: (effects) => driver.perform(effects),
    soon: setImmediate,
    nowMs,
    wallMs,
    log: logger,
  })
  const desk: ShowDesk = new ShowDesk({ core, perform: (effects) => driver.perform(effects), wallMs })
  const driver: CoreDriver = new CoreDriver({
    ...{ core, log, sessions: router, desk, nowMs, wallMs, logger },
    fenced: () => {
      saveTerm(config.dataDir, { ...term, fenced: true })
        .catch((error) =>
          logger.error({ err: error.message }, 'that this log was taken over is not on its disk'),
        )
        .then(drain)
    },
  })
  const uplinks = await Uplinks.open({
    config,
    token: uplinkToken,
    nats,
    term,
    core,
    log,
    documents,
    files: kept.files,
    input: (input) => driver.uplinkInput(input),
    act: (effects) => driver.take(() => core.act(effects, wallMs())),
    relayed: (position, publishes) => driver.take(() => core.relayed(position, publishes)),
    clock,
    random,
    logger,
  })
  const replica = await openReplicaDoor({
    config,
    token: replicaToken,
    term,
    core,
    log,
    perform: (effects) => driver.perform(effects),
    clock,
    logger,
  })
  opened(async () => {
    await driver.stop()
    await replica?.settle()
    await replica?.close()
    await uplinks.stop()
  })
  const fronts = await Fronts.start(
    sessionThreads(config.sessionThreads, availableParallelism()),
    {
      config,
      epoch: core.epoch,
      resumeKey: await resumeKey(config.dataDir),
      ...history.primer(wallMs()),
    },
    { router, clock, logger },
  )
  const drained = Promise.withResolvers<void>()
  const ended = Promise.race([drained.promise, fronts.died])
  // Both reasons are in the PoP's log by then; whoever waits for `ended` hears of them here too.
  ended.catch(() => {})
  let draining: Promise<void> | undefined
  const drain = () => {
    draining ??= drainSessions(router, fronts.count, config.drain).finally(() => {
      if (driver.syncStopped === 'fenced') drained.reject(takenOver(config.dataDir))
      else drained.resolve()
    })
    return draining
  }
  const admin = adminServer(
    {
      ...{ core, sessions: router, fronts, uplinks, replica, driver, desk, pop: config.pop, drain },
      ...{ config, log, clock, startedMs },
    },
    registry,
  )
  opened(() => admin.close())
  opened(() => fronts.close())

  driver.start(uplinks, replica)
  const { host, port, adminHost, adminPort } = config.listen
  const bound = await listening(fronts.listen(host, port), {
    host,
    port,
    hostSetting: '`listen.host` in pop.json',
    portSetting: '`listen.port` in pop.json',
  })
  await listening(admin.listen({ host: adminHost, port: adminPort }), {
    host: adminHost,
    port: adminPort,
    hostSetting: '`listen.adminHost` in pop.json',
    portSetting: '`listen.adminPort` in pop.json',
  })
  return {
    port: bound,
    adminPort: (admin.server.address() as AddressInfo).port,
    drain,
    ended,
    close,
  }
}
