// What operations may ask a PoP: health, metrics and the queue's state. Listens on its own port, never publicly.
import Fastify, { type FastifyInstance } from 'fastify'
import { AggregatorRegistry, Counter, collectDefaultMetrics, Gauge, type Registry } from 'prom-client'
import type { PopCore } from '../broker/pop-core.ts'
import type { SessionRouter } from '../broker/session-router.ts'
import { PATHS } from '../ports.ts'
import { LANES } from '../protocol/lanes.ts'
import type { UplinkClient } from '../queue/uplink-client.ts'
import type { CoreDriver } from './core-driver.ts'
import type { Fronts } from './fronts.ts'

export interface Observed {
  core: PopCore
  sessions: SessionRouter
  fronts: Fronts
  uplink: UplinkClient
  driver: CoreDriver
  pop: string
  /** Sends sessions elsewhere, which ends the PoP. */
  drain: () => Promise<void>
}

/** Answer of `GET /v1/queue`. */
export interface QueueState {
  pop: string
  log: string
  /** Records that central does not have yet. */
  backlog: number
  backlogBytes: number
  usedBytes: number
  connected: boolean
  /** Why there is no connection, in the system's words (`Unexpected server response: 401`: a wrong secret). */
  uplinkFault: string | null
  /** Not null: syncing has stopped for good, the log on this disk is not what central was sent. */
  syncStopped: 'regressed' | 'rewound' | null
  uplinkSentBytes: number
  uplinkReceivedBytes: number
  sessions: number
  committed: number
  /** False after a disk error: nothing is admitted until a restart. */
  writable: boolean
}

export function queueState({ core, sessions, uplink, driver, pop }: Observed): QueueState {
  return {
    pop,
    log: core.epoch,
    backlog: core.uplink.backlog,
    backlogBytes: core.uplink.backlogBytes,
    usedBytes: core.usedBytes,
    connected: core.uplink.connected,
    uplinkFault: uplink.fault,
    syncStopped: driver.syncStopped,
    uplinkSentBytes: uplink.sentBytes,
    uplinkReceivedBytes: uplink.receivedBytes,
    sessions: sessions.sessions,
    committed: core.counters.committed,
    writable: !core.broken,
  }
}

export function adminServer(observed: Observed, registry: Registry): FastifyInstance {
  collectDefaultMetrics({ register: registry })
  registerMetrics(observed, registry)
  const app = Fastify({ logger: false, bodyLimit: 1024 })
  app.get(PATHS.health, async (_request, reply) => {
    const state = queueState(observed)
    reply.code(state.writable ? 200 : 503)
    const { writable, pop, connected, uplinkFault, syncStopped, backlog } = state
    // Only what a restart can mend is unhealthy: without central the venue goes on.
    return { ok: writable, pop, connected, uplinkFault, syncStopped, backlog }
  })
  app.get(PATHS.metrics, async (_request, reply) => {
    reply.type(registry.contentType)
    const sums = AggregatorRegistry.aggregate(await observed.fronts.metrics())
    return `${await registry.metrics()}${await sums.metrics()}`
  })
  app.get('/v1/queue', async () => queueState(observed))
  app.post('/v1/drain', async (_request, reply) => {
    const { sessions } = observed.sessions
    void observed.drain()
    reply.code(202)
    return { sessions }
  })
  return app
}

function registerMetrics({ core, uplink, driver }: Observed, registry: Registry): void {
  const registers = [registry]
  const gauges: [string, string, () => number][] = [
    ['micropop_queue_used_bytes', 'Log bytes on disk', () => core.usedBytes],
    ['micropop_uplink_connected', '1 while synced with central', () => Number(core.uplink.connected)],
    [
      'micropop_uplink_stopped',
      '1 after syncing stopped for good',
      () => Number(driver.syncStopped !== null),
    ],
  ]
  for (const [name, help, value] of gauges) {
    new Gauge({
      name,
      help,
      registers,
      collect() {
        this.set(value())
      },
    })
  }
  new Gauge({
    name: 'micropop_backlog_records',
    help: 'Records central does not have yet',
    labelNames: ['lane'],
    registers,
    collect() {
      for (const lane of LANES) this.set({ lane }, core.uplink.lanes[lane].count)
    },
  })
  const counters: [string, string, () => number][] = [
    ['micropop_published_total', 'Publishes received', () => core.counters.published],
    ['micropop_duplicates_total', 'Publishes already known', () => core.counters.duplicates],
    ['micropop_refused_total', 'Publishes refused', () => core.counters.refused],
    ['micropop_committed_total', 'Publishes made durable', () => core.counters.committed],
    ['micropop_commits_total', 'Syncs of the log', () => core.counters.commits],
    ['micropop_uplink_sent_bytes_total', 'Bytes of frames sent to central', () => uplink.sentBytes],
    ['micropop_uplink_received_bytes_total', 'Bytes of frames from central', () => uplink.receivedBytes],
    ['micropop_uplink_connects_total', 'Connections made to central', () => uplink.connects],
  ]
  for (const [name, help, value] of counters) {
    new Counter({
      name,
      help,
      registers,
      collect() {
        this.reset()
        this.inc(value())
      },
    })
  }
}
