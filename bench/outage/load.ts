// The attendees of an outage, in a process of their own: sessions that read one chat and vote, and a red button.
//   node load.ts PORT SESSIONS VOTES_PER_MINUTE CHATS_PER_S
// Reads commands on stdin, a line each: `report` prints what was seen since the last report, `rare` and `often` say how
// the red button is pressed from now on, `stop` lets what is under way end and prints how many publishes were
// acknowledged.
import { createInterface } from 'node:readline'
import { setTimeout as delay } from 'node:timers/promises'
import { PATHS } from '../../runtime/ports.ts'
import { SESSION_SUBPROTOCOL } from '../../runtime/protocol/session.ts'
import { RawWebSocket } from '../harness/raw-websocket.ts'
import { quantile } from '../harness/samples.ts'

const [port = 0, sessions = 0, votesPerMinute = 0, chatsPerS = 0] = process.argv.slice(2).map(Number)
const OPENING_MAX = 50
/** Often, so that a short drain has enough of them for a p99; rare while nothing gets through, as people would press. */
const RED_BUTTON_EVERY_MS = { often: 50, rare: 1_000 }
const END_WITHIN_MS = 60_000
const MARK = 0x7e

/** Latencies since the last report, ms from the intended start. */
const seen = { ackMs: [] as number[], deliveryMs: [] as number[], criticalMs: [] as number[] }
const counts = { published: 0, acknowledged: 0, refused: 0 }
let stopped = false
let redButton: keyof typeof RED_BUTTON_EVERY_MS = 'often'
/** A critical message from before the last report waited for what that report was about. */
let criticalFromMs = 0

interface Attendee {
  socket: RawWebSocket
  seqs: Record<string, number>
  /** Intended start of each publish without an answer, by lane and seq. */
  waiting: Map<string, number>
}

async function attendee(client: number): Promise<Attendee> {
  const self: Attendee = { socket: null as unknown as RawWebSocket, seqs: {}, waiting: new Map() }
  const subscribed = Promise.withResolvers<void>()
  self.socket = await RawWebSocket.open({
    port,
    path: PATHS.session,
    protocol: SESSION_SUBPROTOCOL,
    received: (payload) => {
      const nowMs = performance.now()
      const at = payload.indexOf(MARK)
      if (at >= 0) {
        seen.deliveryMs.push(nowMs - Number(payload.toString('latin1', at + 1, at + 15)))
        return
      }
      const frame = JSON.parse(payload.toString())
      if (frame.t === 'subd') subscribed.resolve()
      if (frame.t === 'err') counts.refused++
      if (frame.t === 'ack') acknowledged(self, frame, nowMs)
    },
    closed: (why) => {
      if (!stopped) process.stderr.write(`a session ended: ${why}\n`)
    },
  })
  self.socket.send(JSON.stringify({ t: 'hello', client: `attendee-${client}` }))
  self.socket.send(JSON.stringify({ t: 'sub', ch: 'chat' }))
  await subscribed.promise
  return self
}

function acknowledged(
  { waiting }: Attendee,
  ack: { lane: string; seq: number; from?: number },
  nowMs: number,
) {
  for (let seq = ack.from ?? ack.seq; seq <= ack.seq; seq++) {
    const startMs = waiting.get(`${ack.lane}/${seq}`)
    if (startMs === undefined) continue
    waiting.delete(`${ack.lane}/${seq}`)
    counts.acknowledged++
    if (ack.lane !== 'critical') seen.ackMs.push(nowMs - startMs)
    else if (startMs >= criticalFromMs) seen.criticalMs.push(nowMs - startMs)
  }
}

function publish(of: Attendee, lane: string, ch: string, ack: string, intendedMs: number): void {
  const seq = (of.seqs[lane] ?? 0) + 1
  of.seqs[lane] = seq
  of.waiting.set(`${lane}/${seq}`, intendedMs)
  counts.published++
  const mark = ch === 'chat' ? `~${intendedMs.toFixed(3).padStart(14, '0')}` : ''
  const body = `${mark}${'x'.repeat(120 - mark.length)}`
  of.socket.send(JSON.stringify({ t: 'pub', lane, seq, ch, body, at: intendedMs, ack }))
}

/** Calls `act` every `everyMs()`, from intended times: a late turn makes up for it. */
async function every(everyMs: () => number, act: (intendedMs: number, i: number) => void): Promise<void> {
  let intendedMs = performance.now()
  for (let i = 0; !stopped; i++, intendedMs += everyMs()) {
    const waitMs = intendedMs - performance.now()
    if (waitMs > 0) await delay(waitMs)
    act(intendedMs, i)
  }
}

function report(): object {
  const quantiles = (samples: number[]) => ({
    count: samples.length,
    p50Ms: quantile(samples, 0.5),
    p99Ms: quantile(samples, 0.99),
    maxMs: samples.at(-1) ?? Number.NaN,
  })
  const figures = {
    ack: quantiles(seen.ackMs),
    delivery: quantiles(seen.deliveryMs),
    critical: quantiles(seen.criticalMs),
    ...counts,
  }
  for (const samples of Object.values(seen)) samples.length = 0
  criticalFromMs = performance.now()
  return figures
}

const all: Attendee[] = []
while (all.length < sessions) {
  const count = Math.min(OPENING_MAX, sessions - all.length)
  all.push(...(await Promise.all(Array.from({ length: count }, (_, i) => attendee(all.length + i)))))
}
const button = await attendee(sessions)
process.stdout.write('ready\n')

const at = (i: number) => all[i % all.length] as Attendee
const running = [
  every(
    () => 60_000 / (sessions * votesPerMinute),
    (ms, i) => publish(at(i), 'interactive', 'collect.votes', 'disk', ms),
  ),
  every(
    () => 1_000 / chatsPerS,
    (ms, i) => publish(at(i * 37), 'interactive', 'chat', 'disk', ms),
  ),
  // Waits for central: how long a critical message takes end to end while everything else drains.
  every(
    () => RED_BUTTON_EVERY_MS[redButton],
    (ms) => publish(button, 'critical', 'safety', 'central', ms),
  ),
]

for await (const line of createInterface({ input: process.stdin })) {
  if (line === 'stop') break
  if (line === 'rare' || line === 'often') {
    redButton = line
    continue
  }
  process.stdout.write(`${JSON.stringify(report())}\n`)
}
stopped = true
await Promise.all(running)
const untilMs = performance.now() + END_WITHIN_MS
while (counts.acknowledged < counts.published && performance.now() < untilMs) await delay(50)
process.stdout.write(`${JSON.stringify(report())}\n`)
process.exit(0)
