// Which runs a calibration comes from, in words.
import type { CalibrationSource } from './calibration.ts'

/** `a live run of 160 sessions`, `7 live runs of 60 to 240 sessions`. */
export function runsText(from: readonly CalibrationSource[]): string {
  const sessions = from.map((run) => run.sessions)
  const [least, most] = [Math.min(...sessions), Math.max(...sessions)]
  const range = least === most ? `${most}` : `${least} to ${most}`
  return from.length === 1
    ? `a live run of ${range} sessions`
    : `${from.length} live runs of ${range} sessions`
}

/** `hybrid-conference-2000, seed 1, 2026-11-23, commit f6cbd3468ad2`, one a run. */
export function sourcesText(from: readonly CalibrationSource[]): string {
  return from
    .map(({ event, outage, seed, date, commit }) =>
      [event, ...(outage ? [outage] : []), `seed ${seed}`, date, `commit ${commit ?? 'unknown'}`].join(', '),
    )
    .join('; ')
}
