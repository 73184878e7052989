// The load, in a process of its own: so many publishes in flight, each from a connection of its own as attendees are, for so long.
//   node load.ts SUBJECT PORT IN_FLIGHT SECONDS
// Prints one JSON object: acknowledgements a second after a second of warming up.
import { setTimeout as delay } from 'node:timers/promises'
import { type Publisher, SUBJECTS } from './subjects.ts'

const [name = '', ...numbers] = process.argv.slice(2)
const [port = 0, inFlight = 1, seconds = 5] = numbers.map(Number)
const subject = SUBJECTS[name as keyof typeof SUBJECTS]
const CONNECTIONS_MAX = 1_000
const WARM_UP_MS = 1_000

let acknowledged = 0
let running = true
const connections = Math.min(inFlight, CONNECTIONS_MAX)

const publishers: Publisher[] = []
for (let client = 0; client < connections; client++) {
  // What was acknowledged since is published anew in one write at the end of the turn.
  let owed = 0
  const publisher: Publisher = await subject.connect(port, client, (count) => {
    acknowledged += count
    if (count > 0 && owed === 0 && running) {
      queueMicrotask(() => {
        publisher.publish(owed)
        owed = 0
      })
    }
    owed += count
  })
  publishers.push(publisher)
}
for (const [i, publisher] of publishers.entries()) {
  publisher.publish(Math.floor(inFlight / connections) + (i < inFlight % connections ? 1 : 0))
}
await delay(WARM_UP_MS)
const [before, startMs] = [acknowledged, performance.now()]
await delay(seconds * 1000)
const perS = ((acknowledged - before) * 1000) / (performance.now() - startMs)
running = false
process.stdout.write(`${JSON.stringify({ perS })}\n`)
for (const publisher of publishers) publisher.close()
process.exit(0)
