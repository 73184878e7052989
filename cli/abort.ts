// Ctrl-C and SIGTERM as one AbortSignal, for verbs that have something to stop.
import { MicropopError } from '../runtime/errors.ts'

/** The reason of the abort signal. Exit code 130. */
export class Cancelled extends MicropopError {
  constructor(signal: NodeJS.Signals) {
    super('MP_CANCELLED', `Cancelled by ${signal}.`, {
      exitCode: 130,
      remedy: 'Everything that was started has been stopped; run the command again when you want.',
    })
  }
}

/** One Ctrl-C can arrive twice (from the terminal, and from npm, which passes it on): not a second one before this. */
const SAME_PRESS_MS = 300

let controller: AbortController | undefined

/**
 * Aborts, with a `Cancelled` as its reason, at the first Ctrl-C or SIGTERM. A verb that asks for it promises to
 * stop its children and then to throw the reason (exit 130), or to return where being stopped is how it ends,
 * as for a server (exit 0). A verb that never asks is ended at once.
 */
export function abortSignal(): AbortSignal {
  controller ??= new AbortController()
  return controller.signal
}

/** Installed once by main.ts. A second Ctrl-C ends the process without waiting. */
export function listenForSignals(): void {
  let samePress = false
  function stop(signal: NodeJS.Signals): void {
    if (samePress) return
    if (controller === undefined || controller.signal.aborted) process.exit(130)
    samePress = true
    setTimeout(() => (samePress = false), SAME_PRESS_MS).unref()
    process.stderr.write('\nStopping. Press Ctrl-C again to stop without waiting.\n')
    controller.abort(new Cancelled(signal))
  }
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, stop)
}

/** For servers: resolves when the command is told to stop. */
export function untilAborted(): Promise<void> {
  const signal = abortSignal()
  return new Promise((resolve) => {
    if (signal.aborted) resolve()
    else signal.addEventListener('abort', () => resolve(), { once: true })
  })
}
