// Days in the twin on several threads: each takes the next one when it is done, and results come back in the order asked for.
import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import { type ExitCode, MicropopError, type Place } from '../../runtime/errors.ts'
import type { DayFigures, Job, Task } from './run-day.ts'

/** To a thread. `job`: where it is another than before. */
export interface Asked {
  task: Task
  job: Job | null
}

export type Failure =
  | { code: string; message: string; exitCode: ExitCode; remedy: string; place: Place | undefined }
  | { code: null; message: string }

/** From a thread. */
export type Answer = { day: DayFigures } | { failed: Failure }

/** Whatever runs days: threads here, or workers elsewhere. */
export interface DayRunner {
  /** The days of `tasks`, in their order. `done` is called after each, in any order. */
  run(tasks: readonly Task[], done?: () => void): Promise<DayFigures[]>
}

interface Thread {
  worker: Worker
  /** Of its last task. */
  job: Job | null
}

/**
 * Threads that run days until they are closed. A day that fails, a thread that dies and an abort reject what is running
 * and end all threads at once.
 */
export class TwinThreads implements AsyncDisposable {
  readonly #threads: Thread[]
  readonly #signal: AbortSignal | undefined

  constructor(threads: number, signal?: AbortSignal) {
    this.#signal = signal
    this.#threads = Array.from({ length: threads }, () => ({
      worker: new Worker(new URL('./twin-thread.ts', import.meta.url)),
      job: null,
    }))
  }

  get size(): number {
    return this.#threads.length
  }

  /** A runner of one job's days. One at a time may run. */
  of(job: Job): DayRunner {
    return { run: (tasks, done) => this.#run(job, tasks, done) }
  }

  async #run(job: Job, tasks: readonly Task[], done?: () => void): Promise<DayFigures[]> {
    const days: DayFigures[] = []
    let next = 0
    const work = async (thread: Thread) => {
      for (let i = next++; i < tasks.length; i = next++) {
        days[i] = await this.#day(thread, job, tasks[i] as Task)
        done?.()
      }
    }
    try {
      await Promise.all(this.#threads.map(work))
      return days
    } catch (error) {
      await this[Symbol.asyncDispose]()
      throw error
    }
  }

  async #day(thread: Thread, job: Job, task: Task): Promise<DayFigures> {
    const { worker } = thread
    this.#signal?.throwIfAborted()
    worker.postMessage({ task, job: thread.job === job ? null : job } satisfies Asked)
    thread.job = job
    const answer = await answerOf(worker, this.#signal, task)
    if ('day' in answer) return answer.day
    const { failed } = answer
    const what = `the day of seed ${task.seed} failed: ${failed.message}`
    if (failed.code === null) throw new Error(what)
    const { code, exitCode, remedy, place } = failed
    throw new MicropopError(code, what, { exitCode, remedy, ...(place && { place }) })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#threads.map(({ worker }) => worker.terminate()))
  }
}

/** Its next message; throws where the thread dies instead, or the reason of an abort. */
async function answerOf(worker: Worker, signal: AbortSignal | undefined, task: Task): Promise<Answer> {
  const settled = new AbortController()
  const either = AbortSignal.any([settled.signal, ...(signal ? [signal] : [])])
  try {
    return await Promise.race([
      // An `error` of the thread, such as one for want of memory, rejects this.
      once(worker, 'message', { signal: either }).then(([answer]) => answer as Answer),
      once(worker, 'exit', { signal: either }).then(([code]) => {
        throw new Error(`the thread that ran the day of seed ${task.seed} ended with code ${code}`)
      }),
    ])
  } catch (error) {
    signal?.throwIfAborted()
    throw error
  } finally {
    settled.abort()
  }
}
