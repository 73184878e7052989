// The fronts of a PoP as the main thread sees them: session threads that share a port, or a single front in this one.
import { createServer } from 'node:net'
import { Worker } from 'node:worker_threads'
import type { Logger } from 'pino'
import type { SessionRouter } from '../broker/session-router.ts'
import { MicropopError } from '../errors.ts'
import type { Clock } from './clock.ts'
import { Front, type FrontOptions, type ListenOn } from './front.ts'
import { errorOf, type FromThread, type ThreadRequest, type ToThread } from './front-messages.ts'

export class SessionThreadDied extends MicropopError {
  constructor(cause: unknown) {
    const why = cause instanceof Error ? cause.message : `exit code ${cause}`
    super('MP_THREAD_DIED', `a session thread ended by itself: ${why}`, {
      exitCode: 5,
      remedy: 'Start the PoP again: its clients resume, and what was acknowledged is on its disk.',
      cause,
    })
  }
}

interface Place {
  listen: (on: ListenOn) => Promise<number>
  metrics: () => Promise<object[]>
  close: () => Promise<void>
}

export interface FrontsParts {
  router: SessionRouter
  clock: Clock
  logger: Logger
}

export class Fronts {
  readonly #places: readonly Place[]
  /** Rejects with MP_THREAD_DIED when a thread ends by itself. */
  readonly died: Promise<never>

  private constructor(places: readonly Place[], died: Promise<never>) {
    this.#places = places
    this.died = died
  }

  /** `threads`: 0 is a front in this thread. */
  static async start(
    threads: number,
    options: Omit<FrontOptions, 'fronts'>,
    parts: FrontsParts,
  ): Promise<Fronts> {
    const { promise: died, reject } = Promise.withResolvers<never>()
    // Whoever runs the PoP listens; a test that does not is not to end by it.
    died.catch((error) => parts.logger.fatal({ err: error.message }, 'a session thread died'))
    const all = { ...options, fronts: Math.max(1, threads) }
    if (threads === 0) return new Fronts([await inThisThread(all, parts)], died)
    const places = Array.from({ length: threads }, () => inThread(all, parts, reject))
    return new Fronts(places, died)
  }

  get count(): number {
    return this.#places.length
  }

  /** All fronts on one port, which is returned. Errors: those of the system, as they are. */
  async listen(host: string, port: number): Promise<number> {
    const reusePort = this.#places.length > 1
    // Listeners that share a port share it with any process of this user: first see that nobody else has it.
    if (reusePort && port !== 0) await isFree(host, port)
    const [first, ...others] = this.#places
    const bound = await (first as Place).listen({ host, port, reusePort })
    await Promise.all(others.map((place) => place.listen({ host, port: bound, reusePort })))
    return bound
  }

  /** By front, as prom-client gives them. */
  metrics(): Promise<object[][]> {
    return Promise.all(this.#places.map((place) => place.metrics()))
  }

  async close(): Promise<void> {
    await Promise.all(this.#places.map((place) => place.close()))
  }
}

async function inThisThread(options: FrontOptions, { router, clock, logger }: FrontsParts): Promise<Place> {
  const number = router.addThread((items) => front.receive(items))
  const front = await Front.make(options, { send: (items) => router.receive(number, items), clock, logger })
  return front
}

function inThread(
  options: FrontOptions,
  { router, logger }: FrontsParts,
  died: (error: Error) => void,
): Place {
  const worker = new Worker(new URL('./front-thread.ts', import.meta.url), {
    workerData: { options, logLevel: logger.level },
  })
  const waiting = new Map<number, { resolve: (value: unknown) => void; reject: (error: Error) => void }>()
  let asked = 0
  let closing = false
  const post = (message: ToThread) => worker.postMessage(message)
  const number = router.addThread((tick) => post({ tick }))
  let dead: SessionThreadDied | null = null
  const ask = <T>(request: ThreadRequest) => {
    if (dead) return Promise.reject<T>(dead)
    const { promise, resolve, reject } = Promise.withResolvers<unknown>()
    waiting.set(++asked, { resolve, reject })
    post({ ask: asked, ...request })
    return promise as Promise<T>
  }
  const ended = (cause: unknown) => {
    const error = new SessionThreadDied(cause)
    dead = error
    for (const { reject } of waiting.values()) reject(error)
    waiting.clear()
    died(error)
  }
  worker.on('error', ended)
  worker.on('exit', (code) => {
    if (!closing) ended(code)
  })
  worker.on('message', (message: FromThread) => {
    if ('tick' in message) {
      router.receive(number, message.tick)
    } else if ('log' in message) {
      const { level, msg, time: _, ...more } = JSON.parse(message.log)
      logger[logger.levels.labels[level] as 'info'](more, msg)
    } else {
      const of = waiting.get(message.answer)
      waiting.delete(message.answer)
      if ('fault' in message) of?.reject(errorOf(message.fault))
      else of?.resolve(message.value)
    }
  })
  return {
    listen: (on) => ask({ what: 'listen', on }),
    metrics: () => ask({ what: 'metrics' }),
    close: async () => {
      closing = true
      if (!dead) await ask({ what: 'close' })
      await worker.terminate()
    },
  }
}

async function isFree(host: string, port: number): Promise<void> {
  const server = createServer()
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen({ host, port, exclusive: true }, resolve)
  })
  await new Promise<void>((resolve) => server.close(() => resolve()))
}
