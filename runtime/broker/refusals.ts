// Why the core itself refuses a publish, in the words that its sender is told.
import type { Denial } from './part.ts'

export const REFUSED = {
  diskFailed: { code: 'MP_DISK_FAILED', why: 'the PoP cannot write to its disk' },
  diskFull: { code: 'MP_QUEUE_FULL', why: 'the disk of the PoP is full' },
  diskBehind: { code: 'MP_OVERLOADED', why: 'the disk is behind' },
  takenOver: { code: 'MP_LOG_TAKEN_OVER', why: 'another PoP has taken over from this one: connect to that' },
  queueFull: { code: 'MP_QUEUE_FULL', why: 'the queue has no room until the uplink is back' },
  tooManyChannels: { code: 'MP_OVERLOADED', why: 'this PoP has as many channels as it can remember' },
  tooManyClients: { code: 'MP_OVERLOADED', why: 'this PoP knows as many clients as it can remember' },
  beyondWindow: {
    code: 'MP_OUT_OF_WINDOW',
    why: 'an earlier message of this lane is missing: send it first',
  },
  settled: {
    code: 'MP_OUT_OF_WINDOW',
    why: 'this client gave the message up in a hello: publish it under a new number',
  },
} as const satisfies Record<string, Denial>
