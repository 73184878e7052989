// What central needs of a database: PostgreSQL's SQL, parameters, and transactions. Two adapters provide it.

/** Arrays and objects travel as JSON text and are taken apart in SQL, which both adapters do alike. */
export type SqlValue = string | number

export interface Queries {
  /** Runs one statement with `$1`… parameters. Rows are plain objects; select bigints as float8 or int. */
  query: <Row>(text: string, values?: readonly SqlValue[]) => Promise<Row[]>
}

export interface Store extends Queries {
  /** For logs: engine and place, never a secret. */
  readonly description: string
  /** Commits when `work` resolves and rolls back when it rejects. Isolation: read committed. */
  transaction: <Result>(work: (queries: Queries) => Promise<Result>) => Promise<Result>
  close: () => Promise<void>
}

/** SQLSTATEs after which the same transaction may succeed: serialization failure and deadlock. */
const RETRYABLE = new Set(['40001', '40P01'])

const ATTEMPTS_MAX = 5

/** `store.transaction`, tried again where the database chose it as the victim of a conflict. */
export async function transactionWithRetry<Result>(
  store: Store,
  work: (queries: Queries) => Promise<Result>,
): Promise<Result> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await store.transaction(work)
    } catch (error) {
      const { code } = error as { code?: string }
      if (attempt === ATTEMPTS_MAX || code === undefined || !RETRYABLE.has(code)) throw error
    }
  }
}
