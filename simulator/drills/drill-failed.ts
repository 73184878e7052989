// Why a step of a drill failed: what a person would see at the venue, and no fault of the program.
import { MicropopError } from '../../runtime/errors.ts'

export class DrillFailed extends MicropopError {
  constructor(message: string, cause?: unknown) {
    super('MP_DRILL', message, {
      exitCode: 1,
      remedy: 'The steps before it were taken back; their times and what was seen are in the report.',
      cause,
    })
  }
}
