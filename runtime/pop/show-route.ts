// `POST /v1/show/CHANNEL` on the admin port: operates the show from the PoP's own machine, without a token.
import type { FastifyInstance } from 'fastify'
import { parseShowAction, SHOW } from '../protocol/show.ts'
import type { Published } from './show-desk.ts'

export interface ShowRouteOptions {
  publish: (ch: string, body: unknown) => Promise<Published>
}

/** An agenda of SEGMENTS_MAX fits. */
const BODY_BYTES_MAX = 128 * 1024
/** A disk that takes longer is in trouble: the operator is told, and does not wait. */
const DISK_WITHIN_MS = 5_000
const LOOPBACK = /^(::ffff:)?127\.|^::1$/

export async function showRoute(app: FastifyInstance, { publish }: ShowRouteOptions): Promise<void> {
  app.post<{ Params: { ch: string } }>(
    '/v1/show/:ch',
    { bodyLimit: BODY_BYTES_MAX },
    async (request, reply) => {
      const refuse = (status: number, code: string, why: string) => reply.code(status).send({ code, why })
      // A page in a browser on that machine is not its operator, and neither is the cluster's network.
      if (request.headers.origin !== undefined || !LOOPBACK.test(request.socket.remoteAddress ?? ''))
        return refuse(
          403,
          'MP_NOT_LOCAL',
          'run this on the machine of the PoP, or open a session with a token',
        )
      const { ch } = request.params
      const action = parseShowAction(ch, request.body)
      if ('wrong' in action)
        return refuse(Object.values<string>(SHOW).includes(ch) ? 400 : 404, 'MP_SHOW_INVALID', action.wrong)
      const late = AbortSignal.timeout(DISK_WITHIN_MS)
      const published = await Promise.race([
        publish(ch, action.ok),
        new Promise<null>((resolve) => late.addEventListener('abort', () => resolve(null), { once: true })),
      ])
      if (!published)
        return refuse(
          503,
          'MP_DISK_BEHIND',
          'not on the disk yet: look whether it took effect before you repeat it',
        )
      if ('denied' in published) return refuse(409, published.denied.code, published.denied.why)
      return published
    },
  )
}
