// Starts a PoP: replays its log, then serves sessions, images and the uplink until closed.
import { randomUUID } from 'node:crypto'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import Fastify from 'fastify'
import type { Logger } from 'pino'
import { Registry } from 'prom-client'
import { imageCounters } from './assets/image-counters.ts'
import { imagesPlugin } from './assets/images-plugin.ts'
import { ChannelHistory } from './broker/channel-history.ts'
import { ChannelRules } from './broker/channel-rules.ts'
import { durabilityOf, PopCore } from './broker/pop-core.ts'
import { SessionServer } from './broker/session-server.ts'
import { MissingHere } from './errors.ts'
import { lockFolder } from './folder-lock.ts'
import { listening } from './listening.ts'
import { adminServer } from './pop/admin.ts'
import { type Clock, systemClock } from './pop/clock.ts'
import { CoreDriver } from './pop/core-driver.ts'
import { pagePlugin } from './pop/page.ts'
import type { PopConfig } from './pop-config.ts'
import { COLLECT_PREFIX } from './protocol/session.ts'
import { openFileDisk } from './queue/file-disk.ts'
import type { LogEntry } from './queue/record.ts'
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
  /** Stops taking sessions, finishes the commit in progress, closes the log. */
  close: () => Promise<void>
}

/** Of all channels' histories together, wire bytes. */
const HISTORY_BYTES_MAX = 64 * 1024 * 1024

/** Errors: MP_PORT_TAKEN, MP_LISTEN_ADDRESS, MP_LOG_DAMAGED, MP_DATA_DIR. */
export async function startPop(options: PopOptions): Promise<RunningPop> {
  const { config, logger, uplinkToken, clock = systemClock, random = Math.random } = options
  const nowMs = clock.monotonicMs
  const core = new PopCore({
    log: randomUUID(),
    queueBytesMax: config.queue.maxBytes,
    channels: new ChannelRules(config.channels),
    random,
  })
  const history = new ChannelHistory({
    messages: config.limits.historyMessages,
    bytes: config.limits.historyBytes,
    totalBytes: HISTORY_BYTES_MAX,
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
  const unlock = lockFolder(config.dataDir)
  const replay = (entry: LogEntry) => {
    core.replay(entry)
    if ('checkpoint' in entry) history.restore(entry.checkpoint.channels)
    else if (!entry.message.ch.startsWith(COLLECT_PREFIX)) history.add(entry.message)
  }
  const log = await SegmentLog.open(disk, {
    ...config.queue,
    replay,
    checkpoint: () => core.checkpoint(),
  }).catch((error) => {
    unlock()
    throw error
  })

  const app = Fastify({ logger: false, bodyLimit: config.limits.messageBytes })
  const registry = new Registry()
  if (config.imagesDir !== null) {
    await app.register(imagesPlugin, {
      imagesDir: config.imagesDir,
      cacheDir: join(config.dataDir, 'images'),
      counters: imageCounters(registry),
      nowMs,
      onFault: (what, name, error) => logger.error({ image: name, err: error.message }, what),
    })
  }
  await app.register(pagePlugin, { title: config.event, imagesDir: config.imagesDir })

  const sessions = new SessionServer(
    app.server,
    config.limits,
    {
      pop: config.pop,
      nowMs,
      epoch: () => core.epoch,
      greet: (client, from) => core.greet(client, from),
      resume: (ch, seen) => {
        if (seen === null) return { off: history.last(ch), recovered: true, missed: [] }
        if (seen.epoch !== core.epoch) return { off: history.last(ch), recovered: false, missed: [] }
        return history.after(ch, seen.off)
      },
      publish: (client, frame, bytes) => {
        const { lane, seq, ch, at, body } = frame
        driver.perform(
          core.publish({
            client,
            lane,
            seq,
            ch,
            at,
            t: clock.wallMs(),
            body,
            bytes,
            ack: durabilityOf(frame.ack),
          }),
        )
      },
    },
    logger,
  )
  const uplink = new UplinkClient({
    url: config.centralUrl,
    token: uplinkToken,
    hello: () => ({ t: 'uplink', event: config.event, pop: config.pop, log: core.epoch }),
    read: (lane, first, count) => log.read(lane, first, count),
    input: (input) => driver.uplinkInput(input),
    log: logger,
  })
  const driver = new CoreDriver({ core, log, history, sessions, uplink, nowMs, logger })
  const admin = adminServer({ core, sessions, uplink, driver, pop: config.pop }, registry)

  const stop = async () => {
    await sessions.close()
    await driver.stop()
    uplink.close()
    await app.close()
    await admin.close()
    await log.close()
    unlock()
  }
  let stopped: Promise<void> | undefined
  const close = () => {
    stopped ??= stop()
    return stopped
  }
  const { host, port, adminHost, adminPort } = config.listen
  try {
    await listening(app.listen({ host, port }), {
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
  } catch (error) {
    await close()
    throw error
  }
  return { port: portOf(app.server.address()), adminPort: portOf(admin.server.address()), close }
}

function portOf(address: AddressInfo | string | null): number {
  return (address as AddressInfo).port
}
