// The queues of bench/engine on our engine, and by hand: one loop over typed arrays, as fast as this language goes.
//   node bench/engine/queues.ts engine|bare mm8|tandem CUSTOMERS
//   node bench/engine/queues.ts hold PENDING EVENTS
import { EventQueue } from '../../simulator/engine/event-queue.ts'
import { exponential, stream } from '../../simulator/engine/random.ts'
import { Station } from '../../simulator/engine/station.ts'

/** ms; services take 1 ms in the mean. */
const SCENES = {
  mm8: { servers: 8, stations: 1, gapMs: 1 / (8 * 0.9) },
  tandem: { servers: 1, stations: 5, gapMs: 1 / 0.8 },
}
type Scene = (typeof SCENES)[keyof typeof SCENES]

/** Sum of the customers' times in the system, ms. */
function onEngine({ servers, stations, gapMs }: Scene, customers: number): number {
  const clock = new EventQueue()
  const line = Array.from({ length: stations }, () => new Station(clock, servers))
  const [gaps, services] = [stream(1, 'gaps'), stream(1, 'services')]
  const cameMs = new Float64Array(customers)
  let [came, total] = [0, 0]
  const pass = clock.handler((station, customer) => {
    if (station === stations) total += clock.nowMs - (cameMs[customer] as number)
    else {
      const doneMs = (line[station] as Station).serve(exponential(services, 1))
      clock.schedule(doneMs, pass, station + 1, customer)
    }
  })
  const arrive = clock.handler(() => {
    cameMs[came] = clock.nowMs
    const doneMs = (line[0] as Station).serve(exponential(services, 1))
    clock.schedule(doneMs, pass, 1, came)
    if (++came < customers) clock.schedule(clock.nowMs + exponential(gaps, gapMs), arrive)
  })
  clock.schedule(0, arrive)
  clock.run(Number.POSITIVE_INFINITY)
  clock.verify()
  return total
}

/** The same without an engine: a binary heap of times, written out for these two kinds of event. */
function byHand({ servers, stations, gapMs }: Scene, customers: number): number {
  const [gaps, services] = [stream(1, 'gaps'), stream(1, 'services')]
  const cameMs = new Float64Array(customers)
  const freeMs = new Float64Array(stations * servers)
  const time = new Float64Array(customers + 2)
  const what = new Int32Array(customers + 2)
  const who = new Int32Array(customers + 2)
  let [size, came, total] = [0, 0, 0]
  const push = (at: number, event: number, customer: number) => {
    let i = size++
    while (i > 0) {
      const parent = (i - 1) >> 1
      if ((time[parent] as number) <= at) break
      time[i] = time[parent] as number
      what[i] = what[parent] as number
      who[i] = who[parent] as number
      i = parent
    }
    time[i] = at
    what[i] = event
    who[i] = customer
  }
  push(0, 0, 0)
  while (size > 0) {
    const [now, event, customer] = [time[0] as number, what[0] as number, who[0] as number]
    const [at, lastWhat, lastWho] = [time[--size] as number, what[size] as number, who[size] as number]
    let i = 0
    for (let child = 1; child < size; child = 2 * i + 1) {
      if (child + 1 < size && (time[child + 1] as number) < (time[child] as number)) child++
      if (at <= (time[child] as number)) break
      time[i] = time[child] as number
      what[i] = what[child] as number
      who[i] = who[child] as number
      i = child
    }
    time[i] = at
    what[i] = lastWhat
    who[i] = lastWho
    if (event === stations) {
      total += now - (cameMs[customer] as number)
      continue
    }
    if (event === 0) {
      cameMs[customer] = now
      if (++came < customers) push(now + exponential(gaps, gapMs), 0, came)
    }
    let first = event * servers
    for (let s = first + 1; s < (event + 1) * servers; s++) {
      if ((freeMs[s] as number) < (freeMs[first] as number)) first = s
    }
    const doneMs = Math.max(now, freeMs[first] as number) + exponential(services, 1)
    freeMs[first] = doneMs
    push(doneMs, event + 1, customer)
  }
  return total
}

/** ns of processor time an event while `pending` others wait: each that comes plans its next. */
function holdNs(pending: number, events: number): number {
  const clock = new EventQueue()
  const random = stream(1, 'hold')
  const hold = clock.handler((a, b) => clock.schedule(clock.nowMs + exponential(random, 1_000), hold, a, b))
  for (let i = 0; i < pending; i++) clock.schedule(exponential(random, 1_000), hold, i, 0)
  clock.run(Number.POSITIVE_INFINITY, events / 4)
  const before = process.cpuUsage()
  clock.run(Number.POSITIVE_INFINITY, events)
  const { user, system } = process.cpuUsage(before)
  return ((user + system) * 1_000) / events
}

const [how, what = '', count = ''] = process.argv.slice(2)
if (how === 'hold') {
  process.stdout.write(`${JSON.stringify({ ns: holdNs(Number(what), Number(count)) })}\n`)
} else {
  const run = how === 'bare' ? byHand : onEngine
  const scene = SCENES[what as keyof typeof SCENES]
  const customers = Number(count)
  const before = process.cpuUsage()
  const total = run(scene, customers)
  const { user, system } = process.cpuUsage(before)
  process.stdout.write(`${JSON.stringify({ cpuS: (user + system) / 1e6, mean: total / customers })}\n`)
}
