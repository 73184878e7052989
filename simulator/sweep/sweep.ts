// A sweep: days that workers on other machines run. Shards go to a work queue of JetStream, which gives each to one worker
// and to another where that one falls silent; answers come back on the same stream.
import {
  AckPolicy,
  type ConsumerMessages,
  DiscardPolicy,
  type JetStreamManager,
  type JsMsg,
  jetstream,
  jetstreamManager,
  RetentionPolicy,
  StorageType,
} from '@nats-io/jetstream'
import { type NatsConnection, nanos } from '@nats-io/transport-node'
import { MissingHere, VoidRun } from '../../runtime/errors.ts'
import { causeOf, connectNats, NATS_TIMEOUT_MS, type NatsSettings } from '../../runtime/nats/connection.ts'
import type { DayFigures, Job, Task } from '../monte-carlo/run-day.ts'
import type { DayRunner } from '../monte-carlo/twin-threads.ts'
import {
  CONSUMERS,
  MESSAGE_BYTES_MAX,
  names,
  PATIENT,
  packShard,
  type ShardAnswer,
  SILENT_MS,
  unpackAnswer,
  VERSION_KEY,
} from './shard.ts'

/** Days of one shard: enough that its message is little of the work, few enough that a lost one is little lost. */
const SHARD_DAYS = 2
/** A sweep that nobody ends is forgotten. */
const KEPT_MS = 24 * 3_600_000
/** Of JetStream at the server itself, whatever its domain. */
const DIRECT = { timeout: NATS_TIMEOUT_MS, checkAPI: false }

export interface SweepOptions {
  nats: NatsSettings
  /** Of letters, digits and hyphens; no other sweep has it. */
  id: string
  job: Job
  /** As `codeVersion` says it: workers with another one are refused. */
  version: string
  signal: AbortSignal
  note: (text: string) => void
}

/** Waits for one batch of shards. */
interface Batch {
  /** Of its first shard. */
  from: number
  tasks: readonly Task[]
  missing: Set<number>
  done: (() => void) | undefined
  all: () => void
  failed: (error: unknown) => void
}

export class Sweep implements DayRunner, AsyncDisposable {
  readonly #options: SweepOptions
  readonly #connection: NatsConnection
  readonly #manager: JetStreamManager
  #results: ConsumerMessages | null = null
  /** By number of the shard. */
  readonly #answers = new Map<number, { days: DayFigures[]; json: string }>()
  #batch: Batch | null = null
  #shards = 0

  private constructor(options: SweepOptions, connection: NatsConnection, manager: JetStreamManager) {
    this.#options = options
    this.#connection = connection
    this.#manager = manager
  }

  /** Makes the sweep's stream. Errors: MP_NATS_UNREACHABLE; MP_NATS_FILE. */
  static async open(options: SweepOptions): Promise<Sweep> {
    const { nats, id } = options
    const connection = await connectTo(nats, 'micropop simulate', names.inbox(id))
    try {
      const sweep = new Sweep(options, connection, await jetstreamManager(connection, DIRECT))
      await sweep.#start()
      return sweep
    } catch (error) {
      await connection.close()
      throw unreachable(nats, error)
    }
  }

  /** The days of `tasks`, in their order. Errors: MP_SWEEP_FAILED, MP_NATS_LOST, MP_SWEEP_DIFFERS; the signal's reason. */
  async run(tasks: readonly Task[], done?: () => void): Promise<DayFigures[]> {
    const { job, id, signal } = this.#options
    signal.throwIfAborted()
    const from = this.#shards
    const shards = Array.from({ length: Math.ceil(tasks.length / SHARD_DAYS) }, (_, i) => ({
      number: from + i,
      job,
      tasks: tasks.slice(i * SHARD_DAYS, (i + 1) * SHARD_DAYS),
    }))
    this.#shards += shards.length
    const { promise, resolve: all, reject: failed } = Promise.withResolvers<void>()
    this.#batch = { from, tasks, missing: new Set(shards.map(({ number }) => number)), done, all, failed }
    if (shards.length === 0) all()
    const abort = () => failed(signal.reason)
    signal.addEventListener('abort', abort, { once: true })
    try {
      const publish = async () => {
        const stream = jetstream(this.#connection, DIRECT)
        for (const shard of shards) {
          signal.throwIfAborted()
          await stream.publish(names.work(id), packShard(shard), {
            msgID: `shard-${shard.number}`,
            ...PATIENT,
          })
        }
      }
      await Promise.all([promise, publish()])
    } catch (error) {
      throw this.#connection.isClosed() && !signal.aborted ? lost(this.#options.nats, error) : error
    } finally {
      signal.removeEventListener('abort', abort)
      this.#batch = null
    }
    return shards.flatMap(({ number }) => this.#answers.get(number)?.days ?? [])
  }

  /** Takes the stream away, with what is left in it. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#results?.close()
    if (this.#connection.isClosed()) return
    try {
      await this.#manager.streams.delete(names.stream(this.#options.id))
    } catch (error) {
      this.#options.note(
        `The stream ${names.stream(this.#options.id)} could not be deleted: ${causeOf(error)}`,
      )
    }
    await this.#connection.close()
  }

  async #start(): Promise<void> {
    const { id, version, note } = this.#options
    const name = names.stream(id)
    await this.#manager.streams.add({
      name,
      subjects: [names.work(id), names.done(id)],
      retention: RetentionPolicy.Workqueue,
      storage: StorageType.File,
      discard: DiscardPolicy.New,
      max_age: nanos(KEPT_MS),
      max_msg_size: MESSAGE_BYTES_MAX + 4_096,
      metadata: { [VERSION_KEY]: version },
    })
    const acknowledged = { ack_policy: AckPolicy.Explicit, ack_wait: nanos(SILENT_MS) }
    await this.#manager.consumers.add(name, {
      durable_name: CONSUMERS.workers,
      filter_subject: names.work(id),
      ...acknowledged,
      max_ack_pending: -1,
    })
    await this.#manager.consumers.add(name, {
      durable_name: CONSUMERS.results,
      filter_subject: names.done(id),
      ...acknowledged,
    })
    const said = new Set<string>()
    this.#connection.subscribe(names.refused(id), {
      callback: (_, message) => {
        const text = message.string()
        if (!said.has(text)) note(text)
        said.add(text)
      },
    })
    const results = await jetstream(this.#connection, DIRECT).consumers.get(name, CONSUMERS.results)
    this.#results = await results.consume({ callback: (message) => this.#answered(message) })
    this.#connection.closed().then((error) => this.#batch?.failed(error))
  }

  /** The first answer to a shard counts; a second one, of a worker that was taken for dead, has to say the same. */
  #answered(message: JsMsg): void {
    try {
      this.#take(unpackAnswer(message.data))
      message.ack()
    } catch (error) {
      this.#batch?.failed(error)
    }
  }

  #take(answer: ShardAnswer): void {
    const { number, worker } = answer
    const batch = this.#batch
    if ('failed' in answer) {
      const tasks = batch?.tasks.slice((number - batch.from) * SHARD_DAYS).slice(0, SHARD_DAYS) ?? []
      const seeds = tasks.map(({ seed }) => seed).join(' and ')
      throw new VoidRun(
        'MP_SWEEP_FAILED',
        `the days of seeds ${seeds} were given up by ${worker}: ${answer.failed}`,
        'Run one here to see it fail: the same command with --runs 1, --seed of that day and without --workers.',
      )
    }
    const json = JSON.stringify(answer.days)
    const known = this.#answers.get(number)
    if (known && known.json !== json) {
      throw new Error(`two workers disagree about shard ${number}; the second is ${worker}`)
    }
    if (known) return
    this.#answers.set(number, { days: answer.days, json })
    if (!batch?.missing.delete(number)) return
    for (const _ of answer.days) batch.done?.()
    if (batch.missing.size === 0) batch.all()
  }
}

/** Errors: MP_NATS_UNREACHABLE, MP_NATS_FILE. */
export async function connectTo(nats: NatsSettings, name: string, inbox: string): Promise<NatsConnection> {
  return connectNats(nats, name, inbox).catch((error) => {
    throw unreachable(nats, error)
  })
}

function unreachable({ url }: NatsSettings, error: unknown): unknown {
  if (error instanceof MissingHere) return error
  return new MissingHere(
    'MP_NATS_UNREACHABLE',
    `there is no JetStream to be used at ${url}: ${causeOf(error)}`,
    'Start one with `nats-server -js`, or name another; NATS_TOKEN, NATS_CREDS, NATS_CERT with NATS_KEY, and NATS_CA say who you are and whom you trust.',
    error,
  )
}

export function lost({ url }: NatsSettings, error: unknown): MissingHere {
  return new MissingHere(
    'MP_NATS_LOST',
    `the connection to ${url} broke${error ? `: ${causeOf(error)}` : ''}`,
    'Run the command again when the server is back; the same seeds give the same days.',
    error,
  )
}
