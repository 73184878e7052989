// The embedded database in a thread of its own, so that a long statement holds up neither beats nor health.
import { parentPort, workerData } from 'node:worker_threads'
import { PGlite } from '@electric-sql/pglite'
import { type Answered, type Asked, OPENED } from './pglite-wire.ts'

const port = parentPort as NonNullable<typeof parentPort>

function failed(id: number, error: unknown): Answered {
  const { message, code } = error as Error & { code?: string }
  return { id, error: { message, ...(code !== undefined && { code }) } }
}

async function answer(database: PGlite, asked: Asked): Promise<Answered> {
  try {
    if ('close' in asked) {
      await database.close()
      return { id: asked.id, rows: [] }
    }
    return { id: asked.id, rows: (await database.query(asked.text, [...asked.values])).rows }
  } catch (error) {
    return failed(asked.id, error)
  }
}

try {
  const database = await PGlite.create(workerData.cluster)
  let last: Promise<void> = Promise.resolve()
  port.on('message', (asked: Asked) => {
    last = last.then(async () => port.postMessage(await answer(database, asked)))
  })
  port.postMessage({ id: OPENED, rows: [] } satisfies Answered)
} catch (error) {
  port.postMessage(failed(OPENED, error))
}
