// A worker of sweeps: takes shards of days from whichever sweep has any, runs them on its threads, answers, acknowledges.
import { type JsMsg, jetstream, jetstreamManager } from '@nats-io/jetstream'
import type { NatsConnection } from '@nats-io/transport-node'
import { causeOf, NATS_TIMEOUT_MS, type NatsSettings } from '../../runtime/nats/connection.ts'
import { TwinThreads } from '../monte-carlo/twin-threads.ts'
import {
  ALL_WORK,
  CONSUMERS,
  names,
  PATIENT,
  packAnswer,
  type Shard,
  type ShardAnswer,
  sweepOf,
  TRIES_MAX,
  unpackShard,
  VERSION_KEY,
  WORKING_EVERY_MS,
} from './shard.ts'
import { connectTo, lost } from './sweep.ts'

/** How long the server is asked for a shard before other sweeps are looked for. */
const PULL_MS = 2_000
/** Between two looks for a sweep where there is none. */
const LOOK_EVERY_MS = 1_000
const DIRECT = { timeout: NATS_TIMEOUT_MS, checkAPI: false }

export interface WorkerOptions {
  nats: NatsSettings
  threads: number
  /** As `codeVersion` says it. */
  version: string
  /** For a person, and for inboxes: letters, digits and hyphens. */
  name: string
  /** Ends after so long without a shard; null: never. */
  idleMs: number | null
  signal: AbortSignal
  note: (text: string) => void
}

/** Returns when it is aborted, or idle for long enough. Errors: MP_NATS_UNREACHABLE, MP_NATS_LOST. */
export async function runWorker(options: WorkerOptions): Promise<void> {
  const { nats, name, threads, signal } = options
  const connection = await connectTo(nats, `micropop worker ${name}`, names.inbox(name))
  const ended = new AbortController()
  const stop = () => ended.abort()
  signal.addEventListener('abort', stop, { once: true })
  if (signal.aborted) stop()
  const broken = connection.closed().then((error) => {
    if (ended.signal.aborted) return
    throw lost(nats, error)
  })
  const shared: Shared = {
    options,
    connection,
    ended: ended.signal,
    refused: new Set(),
    busy: 0,
    lastMs: Date.now(),
  }
  try {
    await Promise.race([broken, Promise.all(Array.from({ length: threads }, () => takeShards(shared)))])
  } finally {
    signal.removeEventListener('abort', stop)
    stop()
    await connection.close()
  }
}

interface Shared {
  options: WorkerOptions
  connection: NatsConnection
  ended: AbortSignal
  /** Streams whose version is another one. */
  refused: Set<string>
  /** Threads that have a shard. */
  busy: number
  /** When the last shard was done. */
  lastMs: number
}

async function takeShards(shared: Shared): Promise<void> {
  const { connection, ended, options } = shared
  const stream = jetstream(connection, DIRECT)
  const thread: OwnThread = { of: null }
  try {
    while (!ended.aborted) {
      const idleMs = shared.busy > 0 ? 0 : Date.now() - shared.lastMs
      if (options.idleMs !== null && idleMs >= options.idleMs) return
      // A server that is slow to answer is asked again; a connection that broke is noticed by itself.
      const sweep = await anySweep(shared).catch((error) => {
        if (!ended.aborted) options.note(`no answer about sweeps: ${causeOf(error)}`)
        return null
      })
      const message = sweep === null ? null : await nextOf(stream, sweep)
      if (sweep === null) await pause(LOOK_EVERY_MS, ended)
      if (sweep === null || message === null) continue
      shared.busy++
      await work(shared, thread, sweep, message)
      shared.busy--
      shared.lastMs = Date.now()
    }
  } finally {
    await thread.of?.[Symbol.asyncDispose]()
  }
}

interface OwnThread {
  of: TwinThreads | null
}

/** One with shards that nobody has, of this code; null where there is none. */
async function anySweep({ connection, options, refused, ended }: Shared): Promise<string | null> {
  const manager = await jetstreamManager(connection, DIRECT)
  for await (const name of manager.streams.names(ALL_WORK)) {
    const id = sweepOf(name)
    if (id === null || refused.has(name) || ended.aborted) continue
    // Between the list and this, a sweep may have come to its end.
    const info = await manager.streams.info(name).catch(() => null)
    if (info === null) continue
    const wanted = info.config.metadata?.[VERSION_KEY]
    if (wanted !== options.version) {
      refused.add(name)
      const text = `${options.name} takes no part in sweep ${id}: it runs ${options.version}, the sweep needs ${wanted}`
      options.note(text)
      connection.publish(names.refused(id), text)
      continue
    }
    const pending = await manager.consumers.info(name, CONSUMERS.workers).catch(() => null)
    if (pending !== null && pending.num_pending + pending.num_ack_pending > 0) return id
  }
  return null
}

async function nextOf(stream: ReturnType<typeof jetstream>, sweep: string): Promise<JsMsg | null> {
  try {
    const consumer = await stream.consumers.get(names.stream(sweep), CONSUMERS.workers)
    return await consumer.next({ expires: PULL_MS })
  } catch {
    // The sweep has come to its end meanwhile; a connection that broke is noticed by itself.
    return null
  }
}

/** Answers before it acknowledges: who dies between has done the shard twice, and both answers are the same. */
async function work(shared: Shared, thread: OwnThread, sweep: string, message: JsMsg): Promise<void> {
  const { connection, options, ended } = shared
  const working = setInterval(() => {
    if (!connection.isClosed()) message.working()
  }, WORKING_EVERY_MS)
  try {
    const shard = shardOf(message, options)
    if (shard === null) return
    const tries = message.info.deliveryCount
    const answer = await answerTo(shard, tries, thread, ended)
    if (ended.aborted) {
      message.nak()
      return
    }
    if ('failed' in answer && tries < TRIES_MAX) {
      options.note(`shard ${shard.number} of sweep ${sweep} failed, try ${tries}: ${answer.failed}`)
      message.nak()
      return
    }
    const told: ShardAnswer = { number: shard.number, worker: options.name, ...answer }
    await jetstream(connection, DIRECT).publish(names.done(sweep), packAnswer(told), PATIENT)
    await message.ackAck()
    options.note(`shard ${shard.number} of sweep ${sweep}: ${shard.tasks.length} days`)
  } catch (error) {
    // Taken away by the end of the sweep, or by the end of the connection, which is noticed by itself.
    options.note(`a shard of sweep ${sweep} could not be answered: ${causeOf(error)}`)
  } finally {
    clearInterval(working)
  }
}

function shardOf(message: JsMsg, { note }: WorkerOptions): Shard | null {
  try {
    return unpackShard(message.data)
  } catch (error) {
    message.term('not a shard')
    note(`a message that is no shard was put aside: ${causeOf(error)}`)
    return null
  }
}

async function answerTo(
  { job, tasks }: Shard,
  tries: number,
  thread: OwnThread,
  signal: AbortSignal,
): Promise<Pick<Extract<ShardAnswer, { days: unknown }>, 'days'> | { failed: string }> {
  if (tries > TRIES_MAX) return { failed: `${TRIES_MAX} workers began it and fell silent` }
  try {
    thread.of ??= new TwinThreads(1, signal)
    return { days: await thread.of.of(job).run(tasks) }
  } catch (error) {
    // What failed has ended its thread.
    thread.of = null
    return { failed: causeOf(error) }
  }
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const over = () => {
      clearTimeout(timer)
      signal.removeEventListener('abort', over)
      resolve()
    }
    const timer = setTimeout(over, ms)
    signal.addEventListener('abort', over, { once: true })
    if (signal.aborted) over()
  })
}
