// Queues with formulas: the engine must agree with them within the confidence interval of its own means.
import { describe, expect, test } from 'vitest'
import { erlang, lognormal } from './distributions.ts'
import { EventQueue } from './event-queue.ts'
import { exponential, type Random, stream } from './random.ts'
import { Station } from './station.ts'

const BATCHES = 30
const PER_BATCH = 20_000
/** Student's t of 29 degrees of freedom, two-sided 99.9 %. */
const STUDENT = 3.659

interface Line {
  servers: number
  /** ms of one service. */
  service: (random: Random) => number
}

/** Mean times from arrival to the last departure, of batches of customers that pass the lines one after the other. */
function sojourns(lines: readonly Line[], arrivalMs: number, seed: number): number[] {
  const clock = new EventQueue()
  const stations = lines.map(({ servers }) => new Station(clock, servers))
  const services = lines.map((_, i) => stream(seed, 'services', i))
  const arrivals = stream(seed, 'arrivals')
  const means: number[] = []
  let [sum, left] = [0, 0]
  const pass = clock.handler((line, cameMs) => {
    if (line < lines.length) {
      const serviceMs = (lines[line] as Line).service(services[line] as Random)
      clock.schedule((stations[line] as Station).serve(serviceMs), pass, line + 1, cameMs)
      return
    }
    sum += clock.nowMs - cameMs
    if (++left % PER_BATCH > 0) return
    means.push(sum / PER_BATCH)
    sum = 0
  })
  const arrive = clock.handler(() => {
    clock.schedule(clock.nowMs, pass, 0, clock.nowMs)
    if (means.length < BATCHES) clock.schedule(clock.nowMs + exponential(arrivals, arrivalMs), arrive)
  })
  clock.schedule(0, arrive)
  while (means.length < BATCHES && clock.run(Number.POSITIVE_INFINITY, 10_000) > 0);
  // Little's law, with customers still inside.
  clock.verify()
  return means.slice(0, BATCHES)
}

function expectMean(means: readonly number[], expected: number): void {
  const mean = means.reduce((a, b) => a + b, 0) / means.length
  const variance = means.reduce((a, b) => a + (b - mean) ** 2, 0) / (means.length - 1)
  const half = STUDENT * Math.sqrt(variance / means.length)
  expect(Math.abs(mean - expected)).toBeLessThan(half)
  // Wide enough to hold anything, it would prove nothing.
  expect(half / expected).toBeLessThan(0.2)
}

const exponentialOf =
  (meanMs: number): Line['service'] =>
  (random) =>
    exponential(random, meanMs)

/** Mean wait of M/M/c by Erlang C (Kleinrock, "Queueing Systems", 1975, section 3.5); rates per ms. */
function erlangWaitMs(servers: number, arrivalRate: number, serviceRate: number): number {
  const load = arrivalRate / serviceRate
  let term = 1
  let sum = 1
  for (let k = 1; k < servers; k++) {
    term *= load / k
    sum += term
  }
  const last = ((term * load) / servers) * (servers / (servers - load))
  return last / (sum + last) / (servers * serviceRate - arrivalRate)
}

/** Mean wait of M/G/1 by Pollaczek and Khinchine (Kleinrock, section 5.7). `squareMs2`: E[S²]. */
function pollaczekKhinchineMs(arrivalRate: number, meanMs: number, squareMs2: number): number {
  return (arrivalRate * squareMs2) / (2 * (1 - arrivalRate * meanMs))
}

describe('M/M/c agrees with Erlang C', () => {
  for (const [servers, utilisation] of [
    [1, 0.5],
    [1, 0.8],
    [4, 0.8],
    [8, 0.9],
  ] as const) {
    test(`${servers} servers at utilisation ${utilisation}`, () => {
      const means = sojourns([{ servers, service: exponentialOf(10) }], 10 / (servers * utilisation), 11)
      expectMean(means, 10 + erlangWaitMs(servers, (servers * utilisation) / 10, 1 / 10))
    })
  }
})

describe('M/G/1 agrees with Pollaczek and Khinchine', () => {
  const sigma = 0.8
  const cases: [name: string, service: Line['service'], squareMs2: number][] = [
    ['M/D/1', () => 10, 100],
    ['Erlang of shape 2', (random) => erlang(random, 2, 10), 150],
    [
      'lognormal',
      (random) => lognormal(random, 10 * Math.exp((-sigma * sigma) / 2), sigma),
      100 * Math.exp(sigma * sigma),
    ],
  ]
  for (const [name, service, squareMs2] of cases) {
    for (const utilisation of [0.5, 0.8]) {
      test(`${name} at utilisation ${utilisation}`, () => {
        const means = sojourns([{ servers: 1, service }], 10 / utilisation, 12)
        expectMean(means, 10 + pollaczekKhinchineMs(utilisation / 10, 10, squareMs2))
      })
    }
  }
})

test('a tandem of M/M/1 and M/M/2 agrees with Jackson: each as if alone', () => {
  // Jackson, "Networks of waiting lines", 1957: what leaves an M/M/c is Poisson again.
  const lines = [
    { servers: 1, service: exponentialOf(7) },
    { servers: 2, service: exponentialOf(15) },
  ]
  const expected = 7 + erlangWaitMs(1, 1 / 10, 1 / 7) + 15 + erlangWaitMs(2, 1 / 10, 1 / 15)
  expectMean(sojourns(lines, 10, 13), expected)
})
