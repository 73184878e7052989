// Expected attendance by minute: arrivals by the event's shape, departures by the mean stay.

/**
 * Mean number of people present in each minute of a day, for `attendees` who arrive by `perMinute` and stay an
 * exponential time of mean `stayS` (null: to the end). The mean of an M(t)/M/∞ station, stepped by minutes
 * (Eick, Massey and Whitt, "The physics of the Mt/G/∞ queue", 1993).
 */
export function attendanceByMinute(
  perMinute: readonly number[],
  minutes: number,
  attendees: number,
  stayS: number | null,
): Float64Array {
  const total = perMinute.reduce((sum, weight) => sum + weight, 0)
  const kept = stayS === null ? 1 : Math.exp(-60 / stayS)
  const present = new Float64Array(minutes)
  let now = 0
  for (let m = 0; m < minutes; m++) {
    const bin = Math.min(perMinute.length - 1, Math.floor((m * perMinute.length) / minutes))
    const share = ((perMinute[bin] as number) / total) * (perMinute.length / minutes)
    now = now * kept + attendees * share
    present[m] = now
  }
  return present
}
