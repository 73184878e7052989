// What operations may ask central: health, metrics, what it has of an event, and its documents. Never public.
import { Readable } from 'node:stream'
import Fastify, { type FastifyInstance } from 'fastify'
import type { Registry } from 'prom-client'
import { acceptedTokens, isAuthorized } from '../authorization.ts'
import { PATHS } from '../ports.ts'
import { VERSION } from '../version.ts'
import { standingValues } from './aggregates.ts'
import { documentRoutes } from './document-routes.ts'
import { exportMessages, exportWatermarks } from './export.ts'
import type { Store } from './store.ts'

/** A store that takes longer is unhealthy: uplinks wait as long. */
const HEALTHY_WITHIN_MS = 2_000

const NDJSON = 'application/x-ndjson; charset=utf-8'

const QUERY = {
  type: 'object',
  required: ['event'],
  properties: {
    event: { type: 'string', pattern: '^[a-z0-9-]{1,40}$' },
  },
} as const

const MESSAGES_QUERY = {
  ...QUERY,
  properties: {
    ...QUERY.properties,
    bodies: { type: 'boolean', default: false },
    ch: { type: 'string', pattern: '^[A-Za-z0-9._-]{1,128}$' },
  },
} as const

export interface AdminOptions {
  store: Store
  registry: Registry
  /** Asked for by everything under `/v1/`; null where only this machine can ask. */
  token: string | null
  /** Taken too, while the secret is changed. Default null. */
  nextToken?: string | null
  documentsChanged: (event: string) => void
}

export function adminServer(options: AdminOptions): FastifyInstance {
  const { store, registry, token, nextToken = null, documentsChanged } = options
  const tokens = acceptedTokens(token, nextToken)
  const app = Fastify({ logger: false, bodyLimit: 1024, forceCloseConnections: true })

  app.get(PATHS.health, async (_request, reply) => {
    const fault = await storeFault(store)
    if (fault !== null) reply.code(503)
    return {
      ok: fault === null,
      version: VERSION,
      store: store.description,
      ...(fault !== null && { fault }),
    }
  })

  app.get(PATHS.metrics, async (_request, reply) => {
    reply.type(registry.contentType)
    return registry.metrics()
  })

  app.register(
    async (guarded) => {
      // Belongs to these routes, and not to how a URL is spelled: the router decodes what it matches.
      guarded.addHook('onRequest', async (request, reply) => {
        if (tokens.length === 0 || isAuthorized(request.headers.authorization, ...tokens)) return
        return reply.code(401).send({ error: 'Authorization: Bearer with the uplink secret is needed' })
      })
      await guarded.register(exportRoutes, { store })
      await guarded.register(documentRoutes, { store, documentsChanged })
    },
    { prefix: '/v1' },
  )
  return app
}

async function exportRoutes(app: FastifyInstance, { store }: { store: Store }): Promise<void> {
  /** NDJSON, one line a message; with `bodies=true` each has its `body`, with `ch=` only those of that channel. */
  app.get<{ Querystring: { event: string; bodies: boolean; ch?: string } }>(
    '/messages',
    { schema: { querystring: MESSAGES_QUERY } },
    async (request, reply) => {
      const { event, ...of } = request.query
      return reply.type(NDJSON).send(Readable.from(ndjson(exportMessages(store, event, of))))
    },
  )

  /** JSON array of every lane of every log: see `ExportedWatermark`. */
  app.get<{ Querystring: { event: string } }>(
    '/watermarks',
    { schema: { querystring: QUERY } },
    async (request) => exportWatermarks(store, request.query.event),
  )

  /** What the standing aggregates of all PoPs add up to: see `StandingAnswer`. */
  app.get<{ Querystring: { event: string } }>(
    '/aggregates',
    { schema: { querystring: QUERY } },
    async (request) => standingValues(store, request.query.event),
  )
}

async function* ndjson(pages: AsyncIterable<string[]>): AsyncGenerator<string> {
  for await (const lines of pages) yield `${lines.join('\n')}\n`
}

async function storeFault(store: Store): Promise<string | null> {
  const { promise: late, resolve } = Promise.withResolvers<string>()
  const timer = setTimeout(() => resolve(`no answer within ${HEALTHY_WITHIN_MS} ms`), HEALTHY_WITHIN_MS)
  const answered = store.query('select 1 from micropop.migrations limit 1').then(
    () => null,
    (error: Error & { code?: string }) => error.message || (error.code ?? 'unknown'),
  )
  return Promise.race([answered, late]).finally(() => clearTimeout(timer))
}
