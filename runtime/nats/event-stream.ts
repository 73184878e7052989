// The stream of an event on the hub: a pipe with bounds. The truth is in the PoPs' logs until central has committed.
import { DiscardPolicy, type JetStreamManager, RetentionPolicy, StorageType } from '@nats-io/jetstream'
import { nanos } from '@nats-io/transport-node'
import { UPLINK_FRAME_BYTES_MAX } from '../protocol/uplink.ts'
import { streamName, subjects } from './subjects.ts'

export interface StreamLimits {
  /** The oldest go when the stream holds more. PoPs that are away for longer miss them; central does not. */
  bytes: number
  ageMs: number
  /** Servers that hold it: 1, or 3 or 5 in a cluster. */
  replicas: number
}

export const STREAM_LIMITS: StreamLimits = {
  bytes: 1024 * 1024 * 1024,
  ageMs: 6 * 3_600_000,
  replicas: 1,
}

/** For headers and what the server adds. */
export const MESSAGE_OVERHEAD_BYTES = 4 * 1024
/** How long the server knows the id of a batch: longer than a PoP tries to have it stored. */
const DUPLICATES_MS = 120_000

/** Makes the event's stream, or brings its limits to these. */
export async function ensureStream(
  manager: JetStreamManager,
  event: string,
  limits: StreamLimits,
): Promise<void> {
  const mutable = {
    subjects: [subjects.up(event, '*')],
    max_bytes: limits.bytes,
    max_age: nanos(limits.ageMs),
    max_msg_size: UPLINK_FRAME_BYTES_MAX + MESSAGE_OVERHEAD_BYTES,
    discard: DiscardPolicy.Old,
    duplicate_window: nanos(Math.min(DUPLICATES_MS, limits.ageMs)),
    num_replicas: limits.replicas,
  }
  const name = streamName(event)
  for await (const known of manager.streams.names()) {
    if (known !== name) continue
    await manager.streams.update(name, mutable)
    return
  }
  await manager.streams.add({
    name,
    ...mutable,
    retention: RetentionPolicy.Limits,
    storage: StorageType.File,
  })
}
