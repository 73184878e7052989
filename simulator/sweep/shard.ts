// What goes over NATS in a sweep: shards of work to workers, and the days that come back. Names, forms and limits.
import { gunzipSync, gzipSync } from 'node:zlib'
import * as z from 'zod'
import { InvalidInput } from '../../runtime/errors.ts'
import type { DayFigures, Job, Task } from '../monte-carlo/run-day.ts'

const PREFIX = 'micropop-sweep'
/** Every sweep's work: streams are found by it. */
export const ALL_WORK = `${PREFIX}.*.work`

/** `id`: letters, digits and hyphens. */
export const names = {
  stream: (id: string) => `${PREFIX}-${id}`,
  work: (id: string) => `${PREFIX}.${id}.work`,
  done: (id: string) => `${PREFIX}.${id}.done`,
  /** Workers with other code say so here. */
  refused: (id: string) => `${PREFIX}.${id}.refused`,
  inbox: (id: string) => `_INBOX.${PREFIX}.${id}`,
}
export const CONSUMERS = { workers: 'workers', results: 'results' }
/** Key of the stream's metadata with the code version that its days need. */
export const VERSION_KEY = 'micropop-code'

/** The id of a sweep, from its stream's name; null where it is no sweep's. */
export function sweepOf(stream: string): string | null {
  return stream.startsWith(`${PREFIX}-`) ? stream.slice(PREFIX.length + 1) : null
}

/** NATS's own default limit of a message, with room for headers. */
export const MESSAGE_BYTES_MAX = 1024 * 1024 - 4_096
/** Unpacked: an event with the largest traces that are read is a tenth of it. */
const UNPACKED_BYTES_MAX = 64 * 1024 * 1024
/** A shard that was begun so often and never finished is given up. */
export const TRIES_MAX = 3
/** A worker that is silent for so long is taken for dead, and its shard is another's. */
export const SILENT_MS = 10_000
/** Of what is published: a server whose disk is slow has time for it. */
export const PATIENT = { timeout: 30_000 }
/** So often a worker says that it is still at it. */
export const WORKING_EVERY_MS = SILENT_MS / 4

export interface Shard {
  /** From 0, over the whole sweep. */
  number: number
  job: Job
  tasks: Task[]
}

/** `worker`: for a person. */
export type ShardAnswer = { number: number; worker: string } & ({ days: DayFigures[] } | { failed: string })

const shardSchema = z.object({
  number: z.int().min(0),
  job: z.looseObject({ event: z.looseObject({ name: z.string() }) }),
  tasks: z
    .array(z.object({ seed: z.int(), levels: z.array(z.tuple([z.string(), z.number()])).nullable() }))
    .min(1),
})
const answerSchema = z.intersection(
  z.looseObject({ number: z.int().min(0), worker: z.string() }),
  z.union([
    z.looseObject({ days: z.array(z.looseObject({ seed: z.int() })) }),
    z.looseObject({ failed: z.string() }),
  ]),
)

/** Errors: MP_SWEEP_TOO_LARGE where it does not fit a message. */
export function packShard(shard: Shard): Uint8Array {
  const packed = pack(shard)
  if (packed.length <= MESSAGE_BYTES_MAX) return packed
  throw new InvalidInput(
    'MP_SWEEP_TOO_LARGE',
    `the event with its traces takes ${packed.length} bytes, packed; a message has room for ${MESSAGE_BYTES_MAX}`,
    'Name shorter traces in the event file, or leave --workers out and run the days here.',
  )
}

/** Throws where it is no shard. */
export function unpackShard(packed: Uint8Array): Shard {
  // What is inside was checked where the event was loaded; only the same code takes it.
  return shardSchema.parse(unpack(packed)) as unknown as Shard
}

export function packAnswer(answer: ShardAnswer): Uint8Array {
  return pack(answer)
}

/** Throws where it is no answer. */
export function unpackAnswer(packed: Uint8Array): ShardAnswer {
  return answerSchema.parse(unpack(packed)) as unknown as ShardAnswer
}

/** JSON, and money as text, which JSON's numbers cannot hold. */
function pack(value: unknown): Uint8Array {
  const json = JSON.stringify(value, (_, of) => (typeof of === 'bigint' ? { $bigint: String(of) } : of))
  return gzipSync(json)
}

function unpack(packed: Uint8Array): unknown {
  const json = gunzipSync(packed, { maxOutputLength: UNPACKED_BYTES_MAX }).toString()
  return JSON.parse(json, (_, of) => (typeof of?.$bigint === 'string' ? BigInt(of.$bigint) : of))
}
