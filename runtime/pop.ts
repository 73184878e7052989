// Starts a PoP: replays its log, then serves sessions, images and the uplink until closed.
import { randomUUID } from 'node:crypto'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import type { Logger } from 'pino'
import { Registry } from 'prom-client'
import { ChannelRules } from './broker/channel-rules.ts'
import { PopCore } from './broker/pop-core.ts'
import { ReplayedHistory } from './broker/replayed-history.ts'
import { SessionRouter } from './broker/session-router.ts'
import { MissingHere } from './errors.ts'
import { venueParts } from './features/venue-parts.ts'
import { lockFolder } from './folder-lock.ts'
import { listening } from './listening.ts'
import { adminServer } from './pop/admin.ts'
import { type Clock, systemClock } from './pop/clock.ts'
import { CoreDriver } from './pop/core-driver.ts'
import { drainSessions } from './pop/drain-sessions.ts'
import { Fronts, threadsWanted } from './pop/fronts.ts'
import { checkOpenDoor } from './pop/open-door.ts'
import { resumeKey } from './pop/resume-key.ts'
import { UsedTokenFile } from './pop/used-tokens.ts'
import type { PopConfig, UplinkConfig } from './pop-config.ts'
import { Queries } from './queries/queries.ts'
import { openFileDisk } from './queue/file-disk.ts'
import { SegmentLog } from './queue/segment-log.ts'
import { UplinkClient } from './queue/uplink-client.ts'

export interface PopOptions {
  config: PopConfig
  /** Shared secret of the uplink; null where central asks for none. */
  uplinkToken: string | null
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
  /** Resolves once the PoP was drained, by whomever; rejects with MP_THREAD_DIED. `close` it then. */
  ended: Promise<void>
  /** Stops taking sessions, finishes the commit in progress, closes the log. */
  close: () => Promise<void>
}

/**
 * Errors: MP_PORT_TAKEN, MP_LISTEN_ADDRESS, MP_LOG_DAMAGED, MP_DATA_DIR, MP_OPEN_DOOR, MP_AUTH_KEY, those of
 * `readCertificate`.
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
  { config, logger, uplinkToken, clock = systemClock, random = Math.random }: PopOptions,
  opened: (close: () => unknown) => void,
  close: () => Promise<void>,
): Promise<RunningPop> {
  const { monotonicMs: nowMs, wallMs } = clock
  checkOpenDoor(config, logger)
  const queries = new Queries()
  const core = new PopCore({
    log: randomUUID(),
    queueBytesMax: config.queue.maxBytes,
    channels: new ChannelRules(config.channels),
    parts: [...venueParts(), queries],
    random,
  })
  const disk = await openFileDisk(join(config.dataDir, 'queue')).catch((cause) => {
    throw new MissingHere(
      'MP_DATA_DIR',
      `the data folder ${config.dataDir} cannot be used: ${(cause as Error).message}`,
      'Give a folder that this user may write to.',
      cause,
    )
  })
  // A second process would take what this one is writing for a torn tail, and cut it off.
  opened(lockFolder(config.dataDir))
  const history = new ReplayedHistory(config.limits)
  const log = await SegmentLog.open(disk, {
    ...config.queue,
    replay: (entry) => {
      core.replay(entry)
      history.replay(entry)
    },
    checkpoint: () => core.checkpoint(),
  })
  opened(() => log.close())
  const used = await UsedTokenFile.open(config.dataDir, {
    wallMs,
    onFault: (error) => logger.error({ err: error.message }, 'used tokens cannot be kept on the disk'),
  })
  opened(() => used.close())

  const uplink = new UplinkClient({
    path: 0,
    uplink: config.uplinks[0] as UplinkConfig,
    token: uplinkToken,
    hello: () => ({ t: 'uplink', event: config.event, pop: config.pop, log: core.epoch }),
    read: (lane, first, count) => log.read(lane, first, count),
    input: (input) => driver.uplinkInput(input),
    log: logger,
  })
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
  const driver: CoreDriver = new CoreDriver({ core, log, sessions: router, uplink, nowMs, wallMs, logger })
  opened(async () => {
    await driver.stop()
    uplink.close()
  })
  const fronts = await Fronts.start(
    threadsWanted(config.sessionThreads),
    {
      config,
      epoch: core.epoch,
      resumeKey: await resumeKey(config.dataDir),
      ...history.primer(wallMs()),
    },
    { router, clock, logger },
  )
  const drained = Promise.withResolvers<void>()
  let draining: Promise<void> | undefined
  const drain = () => {
    draining ??= drainSessions(router, fronts.count, config.drain).finally(drained.resolve)
    return draining
  }
  const admin = adminServer(
    { core, sessions: router, fronts, uplink, driver, pop: config.pop, drain },
    new Registry(),
  )
  opened(() => admin.close())
  opened(() => fronts.close())

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
  driver.start()
  return {
    port: bound,
    adminPort: (admin.server.address() as AddressInfo).port,
    drain,
    ended: Promise.race([drained.promise, fronts.died]),
    close,
  }
}
