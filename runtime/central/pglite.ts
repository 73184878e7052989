// The embedded store, the default: PostgreSQL in a thread of this process, in a data folder.
import { mkdir } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { Worker } from 'node:worker_threads'
import { MissingHere } from '../errors.ts'
import { lockFolder } from '../folder-lock.ts'
import { ensureCluster } from './pglite-cluster.ts'
import { type Answered, type Asked, OPENED } from './pglite-wire.ts'
import type { Queries, SqlValue, Store } from './store.ts'

/** What a person must know who runs a show on it. */
export const EMBEDDED_WARNING =
  'embedded store: survives a killed process, not a power cut; set DATABASE_URL to a PostgreSQL server for real shows'

/** Creates the folder where it is missing. Errors: MP_DATA_DIR (in use, or not to be written). */
export async function openPglite(dataDir: string): Promise<Store> {
  const folder = resolve(dataDir)
  const unlock = await mkdir(folder, { recursive: true })
    .then(() => lockFolder(folder))
    .catch((error) => {
      throw error instanceof MissingHere ? error : unusable(folder, error)
    })
  try {
    const cluster = join(folder, 'pglite')
    await ensureCluster(cluster)
    const database = await DatabaseThread.open(cluster)
    return {
      description: `PGlite in ${folder}`,
      query: (text, values) => database.inTurn((queries) => queries.query(text, values)),
      transaction: (work) => database.inTurn((queries) => inTransaction(queries, work)),
      close: async () => {
        await database.close()
        unlock()
      },
    }
  } catch (error) {
    unlock()
    throw unusable(folder, error)
  }
}

async function inTransaction<Result>(
  queries: Queries,
  work: (queries: Queries) => Promise<Result>,
): Promise<Result> {
  await queries.query('begin')
  try {
    const result = await work(queries)
    await queries.query('commit')
    return result
  } catch (error) {
    await queries.query('rollback')
    throw error
  }
}

interface Waiting {
  resolve: (rows: unknown[]) => void
  reject: (error: Error) => void
}

/** The database has one connection: statements outside a transaction wait for its end. */
class DatabaseThread {
  readonly #worker: Worker
  readonly #waiting = new Map<number, Waiting>()
  #asked = OPENED
  #turn: Promise<unknown> = Promise.resolve()
  #ended: Error | null = null

  static async open(cluster: string): Promise<DatabaseThread> {
    const thread = new DatabaseThread(cluster)
    try {
      await thread.#answer(OPENED)
      return thread
    } catch (error) {
      await thread.#worker.terminate()
      throw error
    }
  }

  private constructor(cluster: string) {
    this.#worker = new Worker(new URL('./pglite-worker.ts', import.meta.url), { workerData: { cluster } })
    this.#worker.on('message', (answered: Answered) => this.#answered(answered))
    this.#worker.on('error', (error) => this.#end(error))
    this.#worker.on('exit', () => this.#end(new Error('the embedded database has ended')))
  }

  inTurn<Result>(work: (queries: Queries) => Promise<Result>): Promise<Result> {
    const turn = this.#turn.then(() => work({ query: (text, values) => this.#query(text, values) }))
    // Who comes next waits for this one's end, whatever it was.
    this.#turn = turn.catch(() => undefined)
    return turn
  }

  async close(): Promise<void> {
    await this.#turn
    const id = ++this.#asked
    this.#worker.postMessage({ id, close: true } satisfies Asked)
    await this.#answer(id)
    await this.#worker.terminate()
  }

  async #query<Row>(text: string, values: readonly SqlValue[] = []): Promise<Row[]> {
    const id = ++this.#asked
    if (this.#ended === null) this.#worker.postMessage({ id, text, values } satisfies Asked)
    return (await this.#answer(id)) as Row[]
  }

  #answer(id: number): Promise<unknown[]> {
    if (this.#ended !== null) return Promise.reject(this.#ended)
    return new Promise((resolve, reject) => this.#waiting.set(id, { resolve, reject }))
  }

  #answered(answered: Answered): void {
    const waiting = this.#waiting.get(answered.id)
    this.#waiting.delete(answered.id)
    if ('rows' in answered) waiting?.resolve(answered.rows)
    else waiting?.reject(Object.assign(new Error(answered.error.message), { code: answered.error.code }))
  }

  #end(error: Error): void {
    this.#ended ??= error
    for (const { reject } of this.#waiting.values()) reject(this.#ended)
    this.#waiting.clear()
  }
}

function unusable(folder: string, cause: unknown): MissingHere {
  return new MissingHere(
    'MP_DATA_DIR',
    `the data folder ${folder} cannot be used: ${(cause as Error).message}`,
    'Give a folder that this user may write to, or move the damaged one away.',
    cause,
  )
}
