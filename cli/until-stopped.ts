// Waits for the signal that ends a server.
import { abortSignal } from './abort.ts'

/** Resolves at the first Ctrl-C or SIGTERM; a second one ends the process without waiting. */
export function untilStopped(): Promise<void> {
  const signal = abortSignal()
  return new Promise((resolve) => {
    if (signal.aborted) resolve()
    signal.addEventListener('abort', () => resolve(), { once: true })
  })
}
