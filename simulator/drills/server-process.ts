// A server that a drill starts, ends and starts again: one process at a time, by the very command that runs at a show.
import { randomUUID } from 'node:crypto'
import type { Exit } from '../rehearsal/child-failure.ts'
import { PROJECT_COMMAND } from '../rehearsal/live-tools.ts'
import type { Child, ProcessGroup } from '../rehearsal/process-group.ts'
import { DrillFailed } from './drill-failed.ts'

const READY_WITHIN_MS = 60_000

/** Secrets of one drill: the user's own never meet its processes, nor does the user's database. */
export function drillEnvironment(): Record<string, string | undefined> {
  return {
    MICROPOP_UPLINK_TOKEN: randomUUID(),
    MICROPOP_REPLICA_TOKEN: randomUUID(),
    DATABASE_URL: undefined,
    NATS_URL: undefined,
  }
}

export class ServerProcess {
  readonly name: string
  readonly #group: ProcessGroup
  readonly #env: Record<string, string | undefined>
  #child: Child | null = null
  #exit: Exit | null = null

  constructor(group: ProcessGroup, name: string, env: Record<string, string | undefined>) {
    this.#group = group
    this.name = name
    this.#env = env
  }

  get running(): boolean {
    return this.#child !== null && this.#exit === null
  }

  /** Of the running process; null where none is. */
  get pid(): number | null {
    return this.running ? (this.#child?.pid ?? null) : null
  }

  /** Starts it and waits until it says that it is ready. Errors: MP_CHILD_DIED, MP_CHILD_LACKS, MP_CHILD_SLOW. */
  async start(args: readonly string[], signal: AbortSignal): Promise<void> {
    if (this.running) throw new Error(`${this.name} runs already`)
    this.#exit = null
    const spec = {
      name: this.name,
      command: process.execPath,
      args: [PROJECT_COMMAND, ...args, '--log-level', 'warn'],
      env: this.#env,
      mayEnd: true,
    }
    await this.#group.startServer(spec, READY_WITHIN_MS, signal, (child) => {
      this.#child = child
      void child.exited.then((exit) => {
        if (this.#child === child) this.#exit = exit
      })
    })
  }

  /** Ends what does not answer. */
  async kill(signal: AbortSignal): Promise<void> {
    const child = this.#child
    if (!child) return
    this.#group.signal(child, 'SIGKILL')
    await orAborted(child.exited, signal)
    this.#child = null
  }

  /** As a person ends it: SIGTERM, and it finishes what it has begun. */
  async end(signal: AbortSignal): Promise<void> {
    if (this.#child && this.running) this.#group.signal(this.#child, 'SIGTERM')
    await this.ended(signal)
  }

  /** Waits for its end. Error: MP_DRILL where it did not end well. */
  async ended(signal: AbortSignal): Promise<void> {
    const child = this.#child
    if (!child) return
    const { code, signal: by } = await orAborted(child.exited, signal)
    this.#child = null
    if (code !== 0)
      throw new DrillFailed(`${this.name} ended with ${by ?? `exit code ${code}`}: ${child.log}`)
  }
}

/** A process that was killed is gone without its end having been waited for: so is who waits. */
async function orAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  signal.throwIfAborted()
  const aborted = Promise.withResolvers<never>()
  const abort = () => aborted.reject(signal.reason)
  signal.addEventListener('abort', abort, { once: true })
  try {
    return await Promise.race([promise, aborted.promise])
  } finally {
    signal.removeEventListener('abort', abort)
  }
}
