// When attendees arrive: an inhomogeneous Poisson process whose intensity is the event's arrival shape.
import type { Random } from '../engine/random.ts'

/**
 * `count` arrival times in seconds, ascending, over `durationS`. Given how many arrive, the points of a Poisson
 * process are independent draws from its normalised intensity (Kingman, "Poisson Processes", 1993, section 2.4);
 * the intensity is constant within each minute of `perMinute`.
 */
export function drawArrivals(
  perMinute: readonly number[],
  durationS: number,
  count: number,
  random: Random,
): Float64Array {
  const cumulative = new Float64Array(perMinute.length + 1)
  for (const [i, weight] of perMinute.entries()) cumulative[i + 1] = (cumulative[i] as number) + weight
  const total = cumulative[perMinute.length] as number
  if (!(total > 0)) throw new RangeError('arrivals need an intensity above zero')
  const binS = durationS / perMinute.length
  const times = new Float64Array(count)
  for (let i = 0; i < count; i++) {
    const target = random() * total
    const bin = lastAtOrBelow(cumulative, target)
    const inBin = (target - (cumulative[bin] as number)) / (perMinute[bin] as number)
    times[i] = (bin + inBin) * binS
  }
  return times.sort()
}

/** Index of the bin that holds `target`: the last with a start at or below it and a weight above zero. */
function lastAtOrBelow(cumulative: Float64Array, target: number): number {
  let low = 0
  let high = cumulative.length - 1
  while (high - low > 1) {
    const middle = (low + high) >> 1
    if ((cumulative[middle] as number) <= target) low = middle
    else high = middle
  }
  return low
}
