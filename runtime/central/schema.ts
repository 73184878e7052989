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
