// `--calibration`: the twin's parameters from a file, for the verbs that run the twin.
import { Option } from 'commander'
import type { Calibration } from '../simulator/calibration/calibration.ts'

export function calibrationOption(): Option {
  return new Option(
    '--calibration <file>',
    "the twin's parameters, from `micropop calibrate` (default: of one machine that we measured)",
  )
}

/** Error: MP_CALIBRATION_INVALID. */
export async function calibrationFrom(file: string | undefined): Promise<Calibration> {
  if (file !== undefined) {
    return (await import('../simulator/calibration/read-calibration.ts')).readCalibration(file)
  }
  return (await import('../simulator/calibration/default-calibration.ts')).defaultCalibration()
}
