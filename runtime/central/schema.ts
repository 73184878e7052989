// Central's tables, and how a database is brought to them: numbered migrations, each applied once.
import { MissingHere } from '../errors.ts'
import type { Store } from './store.ts'

/** `MIGRATIONS[n - 1]` leads from version n - 1 to n. Never edit one that has been released: add the next. */
const MIGRATIONS: readonly (readonly string[])[] = [
  [
    `create table micropop.messages (
      event text collate "C" not null,
      client text collate "C" not null,
      lane text collate "C" not null,
      seq bigint not null check (seq > 0),
      ch text not null,
      body jsonb,
      body_text text,
      at double precision not null,
      pop text not null,
      log text not null,
      lane_seq bigint not null check (lane_seq > 0),
      applied_at timestamptz not null,
      primary key (event, client, lane, seq),
      check ((body is null) <> (body_text is null))
    )`,
    `comment on column micropop.messages.body_text is
      'JSON that jsonb cannot hold (NUL, lone surrogates, extreme nesting), as it was sent; body is null then'`,
    `comment on column micropop.messages.at is 'Intended send time by the client''s clock, ms since 1970'`,
    `create table micropop.watermarks (
      event text collate "C" not null,
      pop text collate "C" not null,
      log text collate "C" not null,
      lane text collate "C" not null,
      through bigint not null default 0,
      applied bigint not null default 0,
      duplicates bigint not null default 0,
      primary key (event, pop, log, lane),
      check (through = applied + duplicates)
    )`,
    `comment on column micropop.watermarks.through is 'Everything up to this record of the lane is applied'`,
    `comment on column micropop.watermarks.applied is 'Records whose message this path was the first to bring'`,
    `comment on column micropop.watermarks.duplicates is 'Records whose message another path had brought before'`,
  ],
  [
    // One number for event, pop, log and lane, so that a message's row and its place in the lane stay small.
    'alter table micropop.watermarks add column path int generated always as identity unique',
    `alter table micropop.watermarks
      add column term bigint not null default 1,
      add column shed bigint not null default 0,
      add column repaired bigint not null default 0,
      add column expired bigint not null default 0,
      add column expired_through bigint not null default 0,
      drop constraint watermarks_check,
      add check (through = applied + duplicates + shed)`,
    `comment on column micropop.watermarks.term is 'Highest term seen of the log: a lower one is fenced off'`,
    `comment on column micropop.watermarks.shed is 'Records that the PoP shed for want of space'`,
    `comment on column micropop.watermarks.repaired is 'Messages lost here that the PoP sent again'`,
    `comment on column micropop.watermarks.expired is 'Messages of this path let go for their age'`,
    `comment on column micropop.watermarks.expired_through is 'Up to this record, what is missing is not repaired'`,
    // No foreign keys: they cost a look-up for every row, and paths are never deleted.
    `alter table micropop.messages
      add column path int,
      add column digest bigint,
      add column off bigint,
      add column part smallint,
      add column t double precision`,
    `update micropop.messages m set path = w.path from micropop.watermarks w
     where (w.event, w.pop, w.log, w.lane) = (m.event, m.pop, m.log, m.lane)`,
    'alter table micropop.messages alter column path set not null, drop column pop, drop column log',
    `comment on column micropop.messages.digest is
      'Of identity and contents as they came; null in rows of before, until the PoP sends them again'`,
    `comment on column micropop.messages.t is 'When it came to the PoP, ms since 1970 by the PoP''s clock'`,
    'create unique index messages_in_lane on micropop.messages (path, lane_seq) include (digest)',
    // Where a lane has a record whose message has the place of another path.
    `create table micropop.also_brought (
      path int not null,
      lane_seq bigint not null,
      event text collate "C" not null,
      client text collate "C" not null,
      lane text collate "C" not null,
      seq bigint not null,
      digest bigint not null,
      primary key (path, lane_seq)
    )`,
    'create index also_brought_message on micropop.also_brought (event, client, lane, seq)',
    `create table micropop.document_versions (
      event text collate "C" not null,
      kind text collate "C" not null,
      last bigint not null,
      primary key (event, kind)
    )`,
    `create table micropop.documents (
      event text collate "C" not null,
      kind text collate "C" not null,
      name text collate "C" not null,
      version bigint not null,
      body text,
      primary key (event, kind, name),
      unique (event, kind, version)
    )`,
    `comment on column micropop.documents.body is 'JSON as it was put; null where the document is deleted'`,
  ],
  [
    `create index messages_aggregates on micropop.messages (event, client, lane, seq)
     where starts_with(ch, 'agg.')`,
  ],
]

export const SCHEMA_VERSION = MIGRATIONS.length

/** Any constant shared by all centrals: only one of them migrates at a time. */
const MIGRATION_LOCK = 7_080_001

/**
 * Brings the database to this version; harmless when it is there, and safe when several centrals start at once.
 * Errors: MP_SCHEMA_NEWER.
 */
export async function migrate(store: Store): Promise<void> {
  await store.transaction(async (queries) => {
    await queries.query(`select pg_advisory_xact_lock(${MIGRATION_LOCK})`)
    await queries.query('create schema if not exists micropop')
    await queries.query(`create table if not exists micropop.migrations (
      version int primary key,
      migrated_at timestamptz not null default now()
    )`)
    const [current] = await queries.query<{ version: number }>(
      'select coalesce(max(version), 0)::int as version from micropop.migrations',
    )
    const version = current?.version ?? 0
    if (version > SCHEMA_VERSION) {
      throw new MissingHere(
        'MP_SCHEMA_NEWER',
        `${store.description} has schema version ${version}; this micropop knows up to ${SCHEMA_VERSION}`,
        'Run the micropop that migrated it, or a newer one.',
      )
    }
    for (const [index, statements] of MIGRATIONS.slice(version).entries()) {
      for (const statement of statements) await queries.query(statement)
      await queries.query('insert into micropop.migrations (version) values ($1)', [version + index + 1])
    }
  })
}
