import { describe, expect, test } from 'vitest'
import { EventQueue } from './event-queue.ts'
import { exponential, stream } from './random.ts'
import { Station } from './station.ts'

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

/** Mean waits of independent batches of customers. */
function simulateWaits(servers: number, arrivalMs: number, serviceMs: number, seed: number): number[] {
  const clock = new EventQueue()
  const station = new Station(clock, servers)
  const arrivals = stream(seed, 'arrivals')
  const services = stream(seed, 'services')
  const [batches, perBatch] = [30, 20_000]
  const means: number[] = []
  let sum = 0
  let served = 0
  const arrive = () => {
    const work = exponential(services, serviceMs)
    sum += station.serve(work) - work - clock.nowMs
    if (++served % perBatch === 0) {
      means.push(sum / perBatch)
      sum = 0
    }
    if (means.length < batches) clock.after(exponential(arrivals, arrivalMs), arrive)
  }
  clock.at(0, arrive)
  while (clock.step(Number.POSITIVE_INFINITY));
  return means
}

describe('a station agrees with Erlang C within the 99.9 % interval of its batch means', () => {
  for (const [servers, utilisation] of [
    [1, 0.5],
    [1, 0.8],
    [4, 0.8],
    [8, 0.9],
  ] as const) {
    test(`M/M/${servers} at utilisation ${utilisation}`, () => {
      const means = simulateWaits(servers, 10 / (servers * utilisation), 10, 11)
      const mean = means.reduce((a, b) => a + b, 0) / means.length
      const variance = means.reduce((a, b) => a + (b - mean) ** 2, 0) / (means.length - 1)
      // Student's t with 29 degrees of freedom, two-sided 99.9 %.
      const half = 3.659 * Math.sqrt(variance / means.length)
      const expected = erlangWaitMs(servers, (servers * utilisation) / 10, 1 / 10)
      expect(Math.abs(mean - expected)).toBeLessThan(half)
      expect(half / expected).toBeLessThan(0.25)
    })
  }
})

test('a station without servers is refused', () => {
  expect(() => new Station(new EventQueue(), 0)).toThrow(RangeError)
})
