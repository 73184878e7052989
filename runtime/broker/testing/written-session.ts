// A session on a stream instead of a socket: what it was told, and how it was closed.
import { Writable } from 'node:stream'
import type { WebSocket } from 'ws'
import type { PopFrame } from '../../protocol/session.ts'
import { Session } from '../session.ts'
import { type OutputTick, SessionOutput } from '../session-output.ts'
import { TokenBucket } from '../token-bucket.ts'
import { payloadOf } from '../ws-frame.ts'

export interface WrittenSession {
  session: Session
  /** In the order in which they left. */
  told: PopFrame[]
  /** Close codes. */
  closed: number[]
}

/** Frames leave at `tick.flush()`, or when the session is closed. */
export function writtenSession(id: number, tick: OutputTick): WrittenSession {
  const told: PopFrame[] = []
  const closed: number[] = []
  const wire = new Writable({
    write(chunk: Buffer, _encoding, done) {
      for (let rest = chunk; rest.length > 0; ) {
        const payload = payloadOf(rest)
        const length = frameBytes(rest)
        told.push(JSON.parse(payload.subarray(0, length - (rest.length - payload.length)).toString()))
        rest = rest.subarray(length)
      }
      done()
    },
  }) as Session['wire']
  const socket = { close: (code: number) => closed.push(code) } as unknown as WebSocket
  const lost = (lostId: number) => {
    throw new Error(`session ${lostId} is too slow for a stream that takes everything`)
  }
  const output = new SessionOutput(id, wire, false, { bytesMax: 1e6, tick, lost })
  const bucket = new TokenBucket({ ratePerS: 1, burst: 1 }, 0)
  return { session: new Session({ id, socket, wire, output, bucket }), told, closed }
}

/** Of the first frame, which is shorter than 64 KiB. */
function frameBytes(frames: Buffer): number {
  const short = frames[1] as number
  return short < 126 ? 2 + short : 4 + frames.readUInt16BE(2)
}
