// What operations may ask a PoP: health, metrics, its status, the queue's state, to drain, and to run the show from its own machine.
// Listens on its own port, never publicly.
import Fastify, { type FastifyInstance } from 'fastify'
import { AggregatorRegistry, collectDefaultMetrics, type Registry } from 'prom-client'
import { PATHS } from '../ports.ts'
import type { Fronts } from './fronts.ts'
import { registerPopMetrics } from './pop-metrics.ts'
import { type ObservedPop, popStatus } from './pop-status.ts'
import { queueState } from './queue-state.ts'
import type { ShowDesk } from './show-desk.ts'
import { showRoute } from './show-route.ts'

/** Between samples of the event loop's lag: prom-client's 10 ms would wake an idle PoP a hundred times a second. */
const LAG_SAMPLE_MS = 100

export interface Observed extends ObservedPop {
  fronts: Fronts
  desk: ShowDesk
  /** Sends sessions elsewhere, which ends the PoP. */
  drain: () => Promise<void>
}

export function adminServer(observed: Observed, registry: Registry): FastifyInstance {
  collectDefaultMetrics({ register: registry, eventLoopMonitoringPrecision: LAG_SAMPLE_MS })
  registerPopMetrics(observed, registry)
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
  app.get(PATHS.status, async () => popStatus(observed))
  app.post('/v1/drain', async (_request, reply) => {
    const { sessions } = observed.sessions
    void observed.drain()
    reply.code(202)
    return { sessions }
  })
  void app.register(showRoute, { publish: (ch, body) => observed.desk.publish(ch, body) })
  return app
}
