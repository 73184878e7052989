import { expect, test } from 'vitest'
import { BlockEncoder } from '../../runtime/queue/block.ts'
import type { LogRecord } from '../../runtime/queue/record.ts'
import { bodyOf, frameBytes } from '../workload/frames.ts'
import { CHANNELS } from '../workload/run-plan.ts'
import { logBytes } from './log-bytes.ts'

test.each(['chat', 'vote'] as const)('a %s takes in the twin what it takes in a PoP’s log', (kind) => {
  const one: LogRecord = {
    lane: 'interactive',
    laneSeq: 4_711,
    ch: CHANNELS[kind],
    off: 312,
    client: 'hall-0-17',
    seq: 9,
    at: 1_795_474_800_123,
    t: 1_795_474_800_123,
    ack: 'disk',
    body: bodyOf(kind),
    bytes: frameBytes.publish[kind],
  }
  const others = [
    { laneSeq: 0, seq: 10 },
    { off: 1_000_000, client: 'r-1' },
    { ch: 'room.side' },
    { part: 2 },
    {},
  ]
  for (const live of others.map((other): LogRecord => ({ ...one, ...other }))) {
    const twin = { ...live, at: 5_123.456, t: 5_123.456 }
    expect(logBytes(twin)).toBe(new BlockEncoder(null).encode([live], 1, 0).bytes.length)
    expect(logBytes(twin)).toBeGreaterThan(JSON.stringify(bodyOf(kind)).length)
  }
})
