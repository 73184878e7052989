// Intervals of a session log in the order of metering, on a temporary disk file: a log of any size needs little memory.
import { DatabaseSync, type StatementSync } from 'node:sqlite'

/** A person had a feature, whole ms since the Unix epoch; the end is not part of it. */
export interface LoggedInterval {
  /** null: the feature has none. */
  sponsor: string | null
  client: string
  venue: string
  feature: string
  startMs: number
  stopMs: number
}

const CACHE_KIB = 64 * 1024

/** Closing it deletes what it held. */
export class IntervalStore implements Disposable {
  /** A database without a name is SQLite's own temporary file. */
  readonly #database = new DatabaseSync('')
  readonly #insert: StatementSync
  readonly #find: StatementSync

  constructor() {
    this.#database.exec(`
      pragma journal_mode = off; pragma synchronous = off; pragma cache_size = -${CACHE_KIB};
      create table intervals (
        sponsor text not null, client text not null, start_ms integer not null,
        venue text not null, feature text not null, stop_ms integer not null,
        primary key (sponsor, client, start_ms, venue, feature, stop_ms)
      ) without rowid, strict;
      begin`)
    this.#insert = this.#database.prepare('insert or ignore into intervals values (?, ?, ?, ?, ?, ?)')
    this.#find = this.#database.prepare(
      'select 1 from intervals where sponsor = ? and client = ? and start_ms = ? and venue = ? and feature = ?',
    )
  }

  /** The same interval twice is there once. */
  add({ sponsor, client, venue, feature, startMs, stopMs }: LoggedInterval): void {
    this.#insert.run(sponsor ?? '', client, startMs, venue, feature, stopMs)
  }

  /** Whether an interval of that start has an end. */
  hasEnd({ sponsor, client, venue, feature, startMs }: Omit<LoggedInterval, 'stopMs'>): boolean {
    return this.#find.get(sponsor ?? '', client, startMs, venue, feature) !== undefined
  }

  /** By sponsor, person, start, venue and feature, whatever the order they came in. */
  *sorted(): Generator<LoggedInterval> {
    const rows = this.#database
      .prepare('select * from intervals order by sponsor, client, start_ms, venue, feature, stop_ms')
      .iterate()
    for (const row of rows) {
      yield {
        sponsor: row.sponsor === '' ? null : (row.sponsor as string),
        client: row.client as string,
        venue: row.venue as string,
        feature: row.feature as string,
        startMs: row.start_ms as number,
        stopMs: row.stop_ms as number,
      }
    }
  }

  [Symbol.dispose](): void {
    this.#database.close()
  }
}
