// Mistakes in an event file and in what it names, gathered so that all of them are told at once.
import { InvalidInput, type Place } from '../../runtime/errors.ts'

export interface Problem {
  place: Place
  /** What is wrong and what to write instead, one sentence without a full stop. */
  message: string
}

export const EVENT_INVALID = 'MP_EVENT_INVALID'

/** More than this many are counted, not listed. */
export const MAX_PROBLEMS_TOLD = 20

/** One or more mistakes. `describe` prints one line for each, in the order of the file. */
export class InvalidEvent extends InvalidInput {
  readonly problems: readonly Problem[]

  /** `problems` must not be empty. */
  constructor(problems: readonly Problem[]) {
    const sorted = inReadingOrder(problems)
    const told = sorted.slice(0, MAX_PROBLEMS_TOLD)
    const lines = told.map(({ place, message }, index) =>
      index === 0
        ? message
        : `${[place.file, place.line, place.column].filter((p) => p !== undefined).join(':')}: ${message}`,
    )
    if (sorted.length > told.length) lines.push(`and ${sorted.length - told.length} more`)
    super(EVENT_INVALID, lines.join(` [${EVENT_INVALID}]\n`), remedyFor(sorted.length), sorted[0]?.place)
    this.problems = sorted
  }
}

function remedyFor(count: number): string {
  const what = count === 1 ? 'Correct it' : `Correct these ${count} places`
  return `${what} and run the command again. \`micropop init\` writes a complete, commented event file to compare with.`
}

/** First file first (the event before what it names), then by line and column; equal sentences at one place once. */
function inReadingOrder(problems: readonly Problem[]): Problem[] {
  const files = [...new Set(problems.map(({ place }) => place.file))]
  const seen = new Set<string>()
  return problems
    .filter((problem) => {
      const key = JSON.stringify(problem)
      return seen.has(key) ? false : seen.add(key)
    })
    .sort(
      (a, b) =>
        files.indexOf(a.place.file) - files.indexOf(b.place.file) ||
        (a.place.line ?? 0) - (b.place.line ?? 0) ||
        (a.place.column ?? 0) - (b.place.column ?? 0),
    )
}

/** Runs `read`; its mistakes join `problems`, and the result is then undefined. */
export function collect<T>(problems: Problem[], read: () => T): T | undefined {
  try {
    return read()
  } catch (error) {
    if (!(error instanceof InvalidEvent)) throw error
    problems.push(...error.problems)
    return undefined
  }
}
