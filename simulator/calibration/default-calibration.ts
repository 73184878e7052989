// The calibration that the twin uses where no live run has been made: one measured run, kept beside this file.
// That run did not keep how long its processor time was measured over: `cpu.publishMs` is from a run of the same plan
// on the same machine and day.
import { CALIBRATION_VERSION, type Calibration } from './calibration.ts'
import calibration from './default.json' with { type: 'json' }

/** Says in `from` which machine and run it comes from; on other hardware it is unverified. */
export function defaultCalibration(): Calibration {
  if (calibration.version !== CALIBRATION_VERSION) {
    throw new Error(`default.json has version ${calibration.version}, the code ${CALIBRATION_VERSION}`)
  }
  return calibration as Calibration
}
