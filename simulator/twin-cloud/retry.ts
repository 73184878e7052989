// How the provider asks again: what AWS throttled or does not see yet, with longer and longer waits, a bounded number of times.
import { AwsError } from './aws-error.ts'

/** Attempts, and waits between them as of AWS's SDK in standard mode: doubled each time, up to 20 s; without its jitter. */
const ATTEMPTS_MAX = 10
const FIRST_WAIT_MS = 50
const WAIT_MS_MAX = 20_000

export interface RetryOptions {
  sleep: (ms: number) => Promise<void>
  /** Told of each answer that was not the last. */
  onRetry: (error: AwsError) => void
}

export async function withRetries<T>(
  attempt: () => Promise<T>,
  { sleep, onRetry }: RetryOptions,
): Promise<T> {
  for (let n = 1; ; n++) {
    try {
      return await attempt()
    } catch (error) {
      if (!(error instanceof AwsError && error.retried) || n === ATTEMPTS_MAX) throw error
      onRetry(error)
      await sleep(Math.min(FIRST_WAIT_MS * 2 ** n, WAIT_MS_MAX))
    }
  }
}
