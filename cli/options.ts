// Options and output that several verbs share.
import { InvalidArgumentError, Option } from 'commander'
import type { RunResult, Verdict } from '../simulator/run-result.ts'

export type Format = 'text' | 'json'

export function formatOption(): Option {
  return new Option('--format <format>', 'how the result is printed')
    .choices(['text', 'json'])
    .default('text')
}

export function seedOption(): Option {
  return new Option('--seed <n>', 'draws the attendees and what they do').default(1).argParser(wholeNumber)
}

/** How many of the attendees a live run plays: what two cores carry beside the load generator. */
export function attendeesOption(): Option {
  return new Option('--attendees <n>', 'sessions of a live run').default(160).argParser(wholeNumber)
}

/** commander's parser for a count from 1. */
export function wholeNumber(text: string): number {
  const value = Number(text)
  if (!Number.isSafeInteger(value) || value < 1)
    throw new InvalidArgumentError('It must be a whole number from 1.')
  return value
}

/** Prints a run, writes it where asked, and sets the exit code that its verdicts deserve. */
export async function writeRun(
  name: string,
  result: RunResult,
  verdicts: Verdict[],
  options: { format: Format; out?: string },
): Promise<void> {
  const [{ renderRunText }, { renderJson }, { writeTogether }] = await Promise.all([
    import('../reports/terminal.ts'),
    import('../reports/json.ts'),
    import('../reports/write.ts'),
  ])
  const json = renderJson({ result, verdicts })
  process.stdout.write(options.format === 'json' ? json : renderRunText(result, verdicts))
  if (options.out !== undefined) await writeTogether(options.out, { [`${name}.json`]: json })
  process.exitCode = exitCodeOf(verdicts)
}

/** 1 where a level is missed, 4 where one cannot be told, else 0. */
export function exitCodeOf(verdicts: readonly Pick<Verdict, 'outcome'>[]): 0 | 1 | 4 {
  if (verdicts.some(({ outcome }) => outcome === 'missed')) return 1
  return verdicts.some(({ outcome }) => outcome === 'inconclusive' || outcome === 'unknown') ? 4 : 0
}

/** `npx micropop VERB FILE --flag value…`, without the options that were not given. */
export function commandLine(
  verb: string,
  files: string | readonly string[],
  options: Record<string, string | number | boolean | readonly string[] | undefined>,
): string {
  const given = Object.entries(options).flatMap(([name, value]) => {
    if (value === undefined || value === false) return []
    if (value === true) return [`--${name}`]
    return [value].flat().map((one) => `--${name} ${quoted(String(one))}`)
  })
  return ['npx micropop', verb, ...[files].flat().map(quoted), ...given].join(' ')
}

function quoted(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`
}
