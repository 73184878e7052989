// The load, in a process of its own: subscribers, one publisher, and the time each message took from its intended start.
//   node load.ts SUBJECT PORT SESSIONS PER_TICK TICK_MS SECONDS PUBLISHES
// Says `ready` when all are subscribed, waits for a line on stdin, runs, and prints one JSON object.
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { setTimeout as delay } from 'node:timers/promises'
import { RawWebSocket } from '../harness/raw-websocket.ts'
import { quantile } from '../harness/samples.ts'
import { type Payload, SUBJECTS } from './subjects.ts'

const [name = '', ...numbers] = process.argv.slice(2)
const [port = 0, sessions = 0, perTick = 1, tickMs = 50, seconds = 10] = numbers.map(Number)
const subject = SUBJECTS[name as keyof typeof SUBJECTS]
const { dialect } = subject
const TEXT_BYTES = 200
const MARK = 0x7e
/** Handshakes under way at once: a flood would measure the flood. */
const OPENING_MAX = 50
const DRAIN_MS = 5_000
/** Long enough for what runs twenty times a second to be compiled before it is measured. */
const WARM_UP_MS = 6_000

const latencies: number[] = []
let delivered = 0
let measuring = false
let complaint: string | null = null

/** `~` and the intended start, ms with 3 decimals, at a fixed width; several messages may come in one frame. */
function stamp(atMs: number): string {
  return `~${atMs.toFixed(3).padStart(14, '0')}`.padEnd(TEXT_BYTES, 'x')
}

function received(payload: Buffer, compressed: boolean): void {
  if (!measuring) return
  if (compressed) {
    delivered++
    return
  }
  const nowMs = performance.now()
  for (let at = payload.indexOf(MARK); at >= 0; at = payload.indexOf(MARK, at + TEXT_BYTES)) {
    delivered++
    latencies.push(nowMs - Number(payload.toString('latin1', at + 1, at + 15)))
  }
}

async function subscriber(client: number): Promise<RawWebSocket> {
  let heard: () => void = () => {}
  const socket: RawWebSocket = await RawWebSocket.open({
    port,
    path: dialect.path,
    ...(dialect.protocol !== undefined && { protocol: dialect.protocol }),
    deflate: dialect.deflate ?? false,
    received: (payload, _opcode, compressed) => {
      const answer = dialect.answer?.(payload)
      if (answer) socket.send(answer)
      heard()
      received(payload, compressed)
    },
    closed: (why) => {
      complaint ??= why
    },
  })
  for (const frame of dialect.greet(client)) {
    const answered = new Promise<void>((resolve) => {
      heard = resolve
    })
    socket.send(frame)
    // NATS answers neither CONNECT nor SUB.
    if (name !== 'nats') await answered
  }
  return socket
}

async function subscribeAll(): Promise<RawWebSocket[]> {
  const sockets: RawWebSocket[] = []
  while (sockets.length < sessions) {
    const count = Math.min(OPENING_MAX, sessions - sockets.length)
    const opened = Array.from({ length: count }, (_, i) => subscriber(sockets.length + i))
    sockets.push(...(await Promise.all(opened)))
  }
  return sockets
}

const sockets = await subscribeAll()
const [publisher] = sockets as [RawWebSocket]
process.stdout.write('ready\n')
const lines = createInterface({ input: process.stdin })
await once(lines, 'line')

let seq = 0
async function publish(ticks: number): Promise<number> {
  const startMs = performance.now()
  for (let tick = 0; tick < ticks; tick++) {
    const intendedMs = startMs + tick * tickMs
    const waitMs = intendedMs - performance.now()
    if (waitMs > 0) await delay(waitMs)
    const texts: Payload[] = []
    for (let i = 0; i < perTick; i++) texts.push(dialect.publish(stamp(intendedMs), ++seq))
    publisher.sendAll(texts)
  }
  return ticks * perTick
}

await publish(Math.ceil(WARM_UP_MS / tickMs))
await delay(500)
measuring = true
process.stdout.write('measuring\n')
const published = await publish(Math.round((seconds * 1000) / tickMs))
const expected = published * sessions
const untilMs = performance.now() + DRAIN_MS
while (delivered < expected && performance.now() < untilMs && complaint === null) await delay(20)
process.stdout.write(
  `${JSON.stringify({
    delivered,
    expected,
    complaint,
    p50Ms: quantile(latencies, 0.5),
    p99Ms: quantile(latencies, 0.99),
  })}\n`,
)
await once(lines, 'line')
for (const socket of sockets) socket.close()
process.exit(0)
