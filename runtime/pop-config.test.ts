// The limits of pop.json against each other: what a PoP takes, it can pass on.
import { expect, test } from 'vitest'
import { parseUplinkFrame } from './central/parse-frame.ts'
import { popConfigSchema } from './pop-config.ts'
import type { Publish } from './protocol/session.ts'
import { UPLINK_FRAME_BYTES_MAX } from './protocol/uplink.ts'
import { batchFrame } from './queue/uplink-client.ts'

const messageBytesMax = popConfigSchema.shape.limits.shape.messageBytes.maxValue as number

/** JSON that is longer when it is written again, as much as it gets: 1e20 becomes 21 digits. */
test.each(['1e20', '-1e20', '1e-6', '"\\ud800"', '"\u2028"', '[[]]'])(
  'the largest message fits into an uplink frame, full of %s',
  (value) => {
    const frameOf = (values: number) =>
      `{"t":"pub","lane":"bulk","seq":${Number.MAX_SAFE_INTEGER},"ch":"${'é'.repeat(256)}","at":1e20,` +
      `"body":[${Array(values).fill(value).join()}]}`
    const room = messageBytesMax - Buffer.byteLength(frameOf(1))
    const wire = frameOf(1 + Math.floor(room / (Buffer.byteLength(value) + 1)))
    expect(messageBytesMax - Buffer.byteLength(wire)).toBeLessThan(16)
    const { lane, seq, ch, at, body } = JSON.parse(wire) as Publish
    const message = { client: 'c'.repeat(64), lane, seq, ch, at, body }
    const record = {
      ...message,
      laneSeq: 1,
      off: Number.MAX_SAFE_INTEGER,
      t: Number.MAX_SAFE_INTEGER,
      ack: 'disk' as const,
      bytes: wire.length,
    }
    const uplinkFrame = JSON.stringify(batchFrame(lane, Number.MAX_SAFE_INTEGER, [record]))
    expect(parseUplinkFrame(uplinkFrame)).toHaveProperty('ok')
    expect(Buffer.byteLength(uplinkFrame)).toBeLessThanOrEqual(UPLINK_FRAME_BYTES_MAX)
  },
)
