// The store on a PostgreSQL server, for real shows.
import postgres from 'postgres'
import { InvalidInput, MissingHere } from '../errors.ts'
import { DATABASE_CONNECTIONS } from './limits.ts'
import type { Queries, SqlValue, Store } from './store.ts'

const CONNECT_TIMEOUT_S = 10
/** A lock or a statement that takes longer fails the batch; the PoP sends it again. */
const STATEMENT_TIMEOUT_MS = 15_000
const CLOSE_TIMEOUT_S = 5

/** Connects once, to fail at start and not at the first batch. Errors: MP_DATABASE_URL, MP_DATABASE_UNREACHABLE. */
export async function openPostgres(databaseUrl: string): Promise<Store> {
  const sql = pool(databaseUrl)
  const { host, port, database, user } = sql.options
  const description = `PostgreSQL at ${host[0]}:${port[0]}, database ${database}, user ${user}`
  try {
    await sql`select 1`
  } catch (error) {
    await sql.end({ timeout: 0 })
    const { code, message } = error as Error & { code?: string }
    throw new MissingHere(
      'MP_DATABASE_UNREACHABLE',
      `cannot use ${description}: ${message || code}`,
      'Check that the server runs and lets this user in, then DATABASE_URL; unset it to use the embedded store.',
    )
  }
  return {
    ...queriesOn(sql),
    description,
    transaction: async <Result>(work: (queries: Queries) => Promise<Result>) => {
      const result = await sql.begin('isolation level read committed', (transaction) =>
        // Boxed: the driver would await each element of a result that is an array.
        work(queriesOn(transaction)).then((value) => ({ value })),
      )
      return (result as { value: Result }).value
    },
    close: () => sql.end({ timeout: CLOSE_TIMEOUT_S }),
  }
}

function queriesOn(sql: postgres.ISql): Queries {
  return {
    query: <Row>(text: string, values: readonly SqlValue[] = []) =>
      sql.unsafe<Row[] & object[]>(text, [...values], { prepare: true }).then((rows) => [...rows] as Row[]),
  }
}

/** The URL holds a password: neither it nor the parser's error, which quotes it, is shown. */
function pool(databaseUrl: string): postgres.Sql {
  const remedy =
    'Write DATABASE_URL as postgres://USER:PASSWORD@HOST:5432/DATABASE, with %-escapes in the password.'
  if (!/^postgres(ql)?:\/\//.test(databaseUrl)) {
    throw new InvalidInput('MP_DATABASE_URL', 'DATABASE_URL does not start with postgres://', remedy)
  }
  try {
    return postgres(databaseUrl, {
      max: DATABASE_CONNECTIONS,
      connect_timeout: CONNECT_TIMEOUT_S,
      onnotice: () => {},
      connection: {
        application_name: 'micropop-central',
        statement_timeout: STATEMENT_TIMEOUT_MS,
        // A central that is cut off from its database must not keep a successor waiting for its locks.
        idle_in_transaction_session_timeout: STATEMENT_TIMEOUT_MS,
      },
    })
  } catch {
    throw new InvalidInput('MP_DATABASE_URL', 'DATABASE_URL is not a URL', remedy)
  }
}
