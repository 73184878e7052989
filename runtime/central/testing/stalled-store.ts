// Keeps a real store from committing, as a slow database does, for as long as a test wants.
import type { Store } from '../store.ts'

/** Resolves once the store is stalled, with what lets it go on. Takes the locks that ingest waits for. */
export async function stall(store: Store, event: string): Promise<() => Promise<void>> {
  const { promise: over, resolve: end } = Promise.withResolvers<void>()
  const { promise: stalled, resolve: begun } = Promise.withResolvers<void>()
  const transaction = store.transaction(async (queries) => {
    await queries.query('select lane from micropop.watermarks where event = $1 for update', [event])
    begun()
    await over
  })
  await Promise.race([stalled, transaction])
  return () => {
    end()
    return transaction
  }
}
