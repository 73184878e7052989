// Documents over HTTP: put, read, delete and list them, each change only on top of the version its writer has seen.
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { DOCUMENT_BYTES_MAX, DOCUMENT_KINDS, DOCUMENT_NAME, type DocumentKind } from '../protocol/uplink.ts'
import {
  DocumentConflict,
  DocumentRefused,
  type Expected,
  listDocuments,
  putDocument,
  readDocument,
} from './documents.ts'
import type { Store } from './store.ts'

const EVENT = {
  type: 'object',
  required: ['event'],
  properties: { event: { type: 'string', pattern: '^[a-z0-9-]{1,40}$' } },
} as const

const ONE = {
  querystring: EVENT,
  params: {
    type: 'object',
    properties: {
      kind: { type: 'string', enum: DOCUMENT_KINDS },
      name: { type: 'string', pattern: DOCUMENT_NAME.source },
    },
  },
} as const

const PRECONDITION =
  'Send If-Match with the ETag that was read, or If-None-Match: * for a document that is not there yet'

interface One {
  Params: { kind: DocumentKind; name: string }
  Querystring: { event: string }
}

interface DocumentRoutesOptions {
  store: Store
  documentsChanged: (event: string) => void
}

export async function documentRoutes(
  app: FastifyInstance,
  { store, documentsChanged }: DocumentRoutesOptions,
): Promise<void> {
  const change = async (request: FastifyRequest<One>, reply: FastifyReply, body: unknown) => {
    const expected = expectedVersion(request.headers)
    if (expected === null) return reply.code(428).send({ error: PRECONDITION })
    const { event } = request.query
    try {
      const version = await putDocument(store, { event, ...request.params }, body, expected)
      documentsChanged(event)
      return reply
        .code(expected === 'none' ? 201 : 200)
        .header('etag', etag(version))
        .send({ version })
    } catch (error) {
      return refused(reply, error)
    }
  }

  /** JSON array of `{kind, name, version, deleted}`, without bodies. */
  app.get<Pick<One, 'Querystring'>>('/documents', { schema: { querystring: EVENT } }, (request) =>
    listDocuments(store, request.query.event),
  )

  app.get<One>('/documents/:kind/:name', { schema: ONE }, async (request, reply) => {
    const document = await readDocument(store, { ...request.query, ...request.params })
    if (document?.body === undefined) return reply.code(404).send({ error: 'there is no such document' })
    // Not the framework's serialisation: a text or null alone is a document too.
    return reply
      .header('etag', etag(document.version))
      .type('application/json; charset=utf-8')
      .send(JSON.stringify(document.body))
  })

  app.put<One>(
    '/documents/:kind/:name',
    { schema: ONE, bodyLimit: DOCUMENT_BYTES_MAX },
    async (request, reply) => {
      if (request.body === undefined) return reply.code(400).send({ error: 'the body must be JSON' })
      return change(request, reply, request.body)
    },
  )

  app.delete<One>('/documents/:kind/:name', { schema: ONE }, (request, reply) =>
    change(request, reply, undefined),
  )
}

/** null where the request says nothing, or nothing that can be read. */
function expectedVersion({
  'if-match': match,
  'if-none-match': none,
}: FastifyRequest['headers']): Expected | null {
  if (none === '*') return 'none'
  if (match === '*') return 'some'
  const quoted = /^"(\d{1,15})"$/.exec(match ?? '')?.[1]
  return quoted === undefined ? null : Number(quoted)
}

function etag(version: number): string {
  return `"${version}"`
}

function refused(reply: FastifyReply, error: unknown): FastifyReply {
  if (error instanceof DocumentConflict) {
    const { code, message, remedy, version } = error
    if (version !== null) reply.header('etag', etag(version))
    return reply.code(412).send({ code, error: message, remedy, version })
  }
  if (error instanceof DocumentRefused) {
    const { code, message, remedy } = error
    return reply.code(code === 'MP_DOCUMENT_TOO_LARGE' ? 413 : 409).send({ code, error: message, remedy })
  }
  throw error
}
