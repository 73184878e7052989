// Starts central: opens its store, then takes the uplinks of PoPs until closed.
import type { AddressInfo } from 'node:net'
import type { Logger } from 'pino'
import { isLoopback } from './authorization.ts'
import { adminServer } from './central/admin.ts'
import { CENTRAL_LIMITS, type CentralLimits } from './central/limits.ts'
import { centralMetrics } from './central/metrics.ts'
import { startRetention } from './central/retention.ts'
import { migrate } from './central/schema.ts'
import { UplinkServer } from './central/server.ts'
import type { Store } from './central/store.ts'
import type { ConnectionContext } from './central/uplink-connection.ts'
import { MissingHere } from './errors.ts'
import { listening } from './listening.ts'
import type { NatsUplinks } from './nats/central-uplinks.ts'
import type { NatsSettings } from './nats/connection.ts'
import { type Clock, systemClock } from './pop/clock.ts'
import { PATHS, PORTS } from './ports.ts'

export interface CentralOptions {
  /** Default loopback. Anything else needs `uplinkToken`. */
  host?: string
  /** 0 takes a free port. Default `PORTS.central`. */
  port?: number
  adminHost?: string
  adminPort?: number
  /** Connection string of a PostgreSQL server; null uses the embedded store in `dataDir`. */
  databaseUrl: string | null
  dataDir: string
  /** Shared secret that PoPs show, and readers of the export where the admin port is not on loopback. */
  uplinkToken: string | null
  /** The secret that follows it: both are taken until each PoP has it. Default null. */
  nextUplinkToken?: string | null
  /** Days that messages are kept; null keeps all. Default null. */
  keepDays?: number | null
  /** The hub that PoPs' leaf nodes are joined by; null takes their WebSockets alone. Default null. */
  nats?: NatsSettings | null
  /** Servers of the hub that hold each stream. Default 1. */
  natsReplicas?: number
  logger: Logger
  clock?: Clock
  limits?: Partial<CentralLimits>
}

export interface RunningCentral {
  /** The `url` of an uplink of a PoP. */
  url: string
  adminUrl: string
  /** Ports bound, also where the options said 0. */
  port: number
  adminPort: number
  /** Finishes the transactions in progress, ends the uplinks, closes the store. */
  close: () => Promise<void>
}

/**
 * Errors: MP_UPLINK_TOKEN, MP_PORT_TAKEN, MP_LISTEN_ADDRESS, MP_DATA_DIR, MP_DATABASE_URL,
 * MP_DATABASE_UNREACHABLE, MP_SCHEMA_NEWER, MP_NATS_UNREACHABLE, MP_NATS_FILE.
 */
export async function startCentral(options: CentralOptions): Promise<RunningCentral> {
  const { host = '127.0.0.1', port = PORTS.central, adminHost = '127.0.0.1', clock = systemClock } = options
  const {
    adminPort = PORTS.centralAdmin,
    uplinkToken,
    nextUplinkToken = null,
    keepDays = null,
    logger,
  } = options
  refuseOpenDoors(uplinkToken, host, adminHost)
  const store = await openStore(options)
  const metrics = centralMetrics()
  const limits = { ...CENTRAL_LIMITS, ...options.limits }
  const context = { store, metrics, limits, clock, logger }
  const uplinks = new UplinkServer(context, uplinkToken, nextUplinkToken)
  let overNats: NatsUplinks | null = null
  const admin = adminServer({
    store,
    registry: metrics.registry,
    token: isLoopback(adminHost) ? null : uplinkToken,
    nextToken: nextUplinkToken,
    documentsChanged: (event) => {
      uplinks.documentsChanged(event)
      overNats?.documentsChanged(event)
    },
  })
  let retention: { stop: () => Promise<void> } | null = null
  const close = async () => {
    await uplinks.close()
    await overNats?.close()
    await admin.close()
    await retention?.stop()
    await store.close()
  }
  try {
    await migrate(store)
    await listening(admin.listen({ host: adminHost, port: adminPort }), {
      host: adminHost,
      port: adminPort,
      hostSetting: '--admin-host',
      portSetting: '--admin-port',
    })
    const boundPort = await listening(uplinks.listen(port, host), {
      host,
      port,
      hostSetting: '--host',
      portSetting: '--port',
    })
    if (options.nats) overNats = await startNats(options.nats, options.natsReplicas, context)
    if (keepDays !== null) retention = startRetention(store, keepDays, logger)
    const boundAdminPort = (admin.server.address() as AddressInfo).port
    logger.info(
      { host, port: boundPort, adminPort: boundAdminPort, store: store.description },
      'central ready',
    )
    return {
      url: `ws://${authority(host, boundPort)}${PATHS.uplink}`,
      adminUrl: `http://${authority(adminHost, boundAdminPort)}`,
      port: boundPort,
      adminPort: boundAdminPort,
      close,
    }
  } catch (error) {
    await close()
    throw error
  }
}

function refuseOpenDoors(token: string | null, ...hosts: string[]): void {
  const open = hosts.find((host) => !isLoopback(host))
  if (token !== null || open === undefined) return
  throw new MissingHere(
    'MP_UPLINK_TOKEN',
    `central would listen on ${open} without a secret`,
    'Set MICROPOP_UPLINK_TOKEN here and at every PoP, or listen on 127.0.0.1.',
  )
}

/** Each engine is loaded only where it is used. */
async function openStore({ databaseUrl, dataDir, logger }: CentralOptions): Promise<Store> {
  if (databaseUrl !== null) {
    const { openPostgres } = await import('./central/postgres.ts')
    return openPostgres(databaseUrl)
  }
  const { EMBEDDED_WARNING, openPglite } = await import('./central/pglite.ts')
  logger.warn({ dataDir }, EMBEDDED_WARNING)
  return openPglite(dataDir)
}

async function startNats(
  nats: NatsSettings,
  replicas: number | undefined,
  context: ConnectionContext,
): Promise<NatsUplinks> {
  const { NatsUplinks } = await import('./nats/central-uplinks.ts')
  const { STREAM_LIMITS } = await import('./nats/event-stream.ts')
  const stream = { ...STREAM_LIMITS, ...(replicas !== undefined && { replicas }) }
  const uplinks = new NatsUplinks({ ...context, nats, stream })
  await uplinks.start()
  return uplinks
}

function authority(host: string, port: number): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`
}
