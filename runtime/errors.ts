// Errors a person can act on: what happened, why, and what to do. `exitCode` is the command's exit code.

/** 2: bad input. 3: something needed is missing here. 4: void or inconclusive. 5: our own fault. */
export type ExitCode = 1 | 2 | 3 | 4 | 5 | 130

export interface Place {
  file: string
  /** From 1. */
  line?: number
  column?: number
}

export class MicropopError extends Error {
  readonly code: string
  readonly exitCode: ExitCode
  /** What the reader can do about it, one sentence. */
  readonly remedy: string
  readonly place: Place | undefined

  constructor(
    code: string,
    message: string,
    options: { exitCode: ExitCode; remedy: string; place?: Place; cause?: unknown },
  ) {
    super(message, { cause: options.cause })
    this.name = new.target.name
    this.code = code
    this.exitCode = options.exitCode
    this.remedy = options.remedy
    this.place = options.place
  }
}

/** The input file or an argument is wrong. Exit code 2. */
export class InvalidInput extends MicropopError {
  constructor(code: string, message: string, remedy: string, place?: Place) {
    super(code, message, { exitCode: 2, remedy, ...(place && { place }) })
  }
}

/** A tool, a port, a file or disk space is missing on this machine. Exit code 3. */
export class MissingHere extends MicropopError {
  constructor(code: string, message: string, remedy: string, cause?: unknown) {
    super(code, message, { exitCode: 3, remedy, cause })
  }
}

/** A run whose figures cannot be used. Exit code 4. */
export class VoidRun extends MicropopError {
  constructor(code: string, message: string, remedy: string) {
    super(code, message, { exitCode: 4, remedy })
  }
}

/** A promise that micropop makes to itself does not hold: no input should bring that about. Exit code 5. */
export class InternalError extends MicropopError {
  constructor(code: string, message: string) {
    super(code, message, {
      exitCode: 5,
      remedy: 'This is a fault of micropop: send this message with the command and its input files.',
    })
  }
}

/** `file:line:column: message`, then the remedy: how every command prints an error. */
export function describe(error: MicropopError): string {
  const { place } = error
  const where = place
    ? `${[place.file, place.line, place.column].filter((p) => p !== undefined).join(':')}: `
    : ''
  return `${where}${error.message} [${error.code}]\n  ${error.remedy}`
}
