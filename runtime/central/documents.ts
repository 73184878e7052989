// Documents that central keeps for the PoPs of an event: configuration, content and features, each with its version.

import { versionsDigest } from '../documents/versions.ts'
import { MicropopError } from '../errors.ts'
import { DOCUMENT_BYTES_MAX, DOCUMENTS_MAX, type Document, type DocumentKind } from '../protocol/uplink.ts'
import { type Queries, type Store, transactionWithRetry } from './store.ts'

/** What a writer believes is there: a version, `some` version, or `none`. */
export type Expected = number | 'some' | 'none'

/** The document changed since its writer read it. `version`: of what is there now; null where nothing is. */
export class DocumentConflict extends MicropopError {
  readonly version: number | null

  constructor(version: number | null) {
    const now = version === null ? 'is not there' : `has version ${version}`
    super('MP_DOCUMENT_CONFLICT', `the document ${now}`, {
      exitCode: 2,
      remedy: 'Read it, apply the change to what is there now, and put it again with that version.',
    })
    this.version = version
  }
}

export class DocumentRefused extends MicropopError {
  constructor(code: 'MP_DOCUMENT_TOO_LARGE' | 'MP_DOCUMENTS_FULL', message: string, remedy: string) {
    super(code, message, { exitCode: 2, remedy })
  }
}

interface Name {
  event: string
  kind: DocumentKind
  name: string
}

/**
 * Puts `body` (any JSON), or deletes the document where it is undefined, and returns the new version. Writers of one
 * kind take turns, so versions become visible in their order: a PoP that has version n misses none below it.
 * Errors: MP_DOCUMENT_CONFLICT, MP_DOCUMENT_TOO_LARGE, MP_DOCUMENTS_FULL.
 */
export async function putDocument(
  store: Store,
  { event, kind, name }: Name,
  body: unknown,
  expected: Expected,
): Promise<number> {
  const text = body === undefined ? null : JSON.stringify(body)
  if (text !== null && Buffer.byteLength(text) > DOCUMENT_BYTES_MAX) {
    throw new DocumentRefused(
      'MP_DOCUMENT_TOO_LARGE',
      `the document has more than ${DOCUMENT_BYTES_MAX} bytes of JSON`,
      'Split it, or serve large files as assets and name them in the document.',
    )
  }
  return transactionWithRetry(store, async (queries) => {
    const version = await nextVersion(queries, event, kind)
    const known = await readDocument(queries, { event, kind, name })
    const there = known?.body === undefined ? null : known.version
    const asExpected =
      expected === 'none' ? there === null : there !== null && (expected === 'some' || expected === there)
    if (!asExpected) throw new DocumentConflict(there)
    if (known === null) await refuseOneTooMany(queries, event, kind)
    await queries.query(
      `insert into micropop.documents (event, kind, name, version, body)
       select $1, $2, $3, $4, r.body from json_to_record($5::text::json) as r (body text)
       on conflict (event, kind, name) do update set version = excluded.version, body = excluded.body`,
      [event, kind, name, version, JSON.stringify({ body: text })],
    )
    return version
  })
}

/** null where there never was one; without `body` where it was deleted. */
export async function readDocument(queries: Queries, { event, kind, name }: Name): Promise<Document | null> {
  const [row] = await queries.query<Row>(
    `select ${COLUMNS} from micropop.documents where event = $1 and kind = $2 and name = $3`,
    [event, kind, name],
  )
  return row ? fromRow(row) : null
}

export interface ListedDocument {
  kind: DocumentKind
  name: string
  version: number
  deleted: boolean
}

export function listDocuments(queries: Queries, event: string): Promise<ListedDocument[]> {
  return queries.query<ListedDocument>(
    `select kind, name, version::float8 as version, body is null as deleted
     from micropop.documents where event = $1 order by kind, name`,
    [event],
  )
}

/** The first change of a kind after version `after`; null where there is none. */
export async function nextDocument(
  queries: Queries,
  event: string,
  kind: DocumentKind,
  after: number,
): Promise<Document | null> {
  const [row] = await queries.query<Row>(
    `select ${COLUMNS} from micropop.documents
     where event = $1 and kind = $2 and version > $3 order by version limit 1`,
    [event, kind, after],
  )
  return row ? fromRow(row) : null
}

/** Over the documents of a kind up to version `through`: what a PoP that has all of them tells. */
export async function digestThrough(
  queries: Queries,
  event: string,
  kind: DocumentKind,
  through: number,
): Promise<string> {
  const rows = await queries.query<{ name: string; version: number }>(
    `select name, version::float8 as version from micropop.documents
     where event = $1 and kind = $2 and version <= $3`,
    [event, kind, through],
  )
  return versionsDigest(rows)
}

/**
 * A PoP has version `through` already: the next is above it. Returns whether that was new, as after central's database
 * was restored from an older copy: without this, the versions given next would look old to the PoP.
 */
export async function neverBelow(
  queries: Queries,
  event: string,
  kind: DocumentKind,
  through: number,
): Promise<boolean> {
  const raised = await queries.query(
    `insert into micropop.document_versions as v (event, kind, last) values ($1, $2, $3)
     on conflict (event, kind) do update set last = excluded.last where v.last < excluded.last
     returning last`,
    [event, kind, through],
  )
  return raised.length > 0
}

interface Row {
  kind: DocumentKind
  name: string
  version: number
  body: string | null
}

const COLUMNS = 'kind, name, version::float8 as version, body'

function fromRow({ body, ...of }: Row): Document {
  return body === null ? of : { ...of, body: JSON.parse(body) }
}

/** Locks the kind until the transaction ends. */
async function nextVersion(queries: Queries, event: string, kind: DocumentKind): Promise<number> {
  const [row] = await queries.query<{ last: number }>(
    `insert into micropop.document_versions as v (event, kind, last) values ($1, $2, 1)
     on conflict (event, kind) do update set last = v.last + 1
     returning last::float8 as last`,
    [event, kind],
  )
  return (row as { last: number }).last
}

async function refuseOneTooMany(queries: Queries, event: string, kind: DocumentKind): Promise<void> {
  const [row] = await queries.query<{ count: number }>(
    'select count(*)::int as count from micropop.documents where event = $1 and kind = $2',
    [event, kind],
  )
  if ((row?.count ?? 0) < DOCUMENTS_MAX) return
  throw new DocumentRefused(
    'MP_DOCUMENTS_FULL',
    `the event has ${DOCUMENTS_MAX} documents of kind ${kind}, deleted ones included`,
    'Use a name again, or gather several documents in one.',
  )
}
