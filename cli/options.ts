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
  const [{ renderRunText }, { toJson, writeFiles }] = await Promise.all([
    import('../reports/terminal.ts'),
    import('../reports/write.ts'),
  ])
  const json = toJson({ result, verdicts })
  process.stdout.write(options.format === 'json' ? `${json}\n` : renderRunText(result, verdicts))
  if (options.out !== undefined) await writeFiles(options.out, { [`${name}.json`]: json })
  process.exitCode = exitCodeOf(verdicts)
}

/** 1 where a level is missed, 4 where one cannot be told, else 0. */
export function exitCodeOf(verdicts: readonly Verdict[]): 0 | 1 | 4 {
  if (verdicts.some(({ outcome }) => outcome === 'missed')) return 1
  return verdicts.some(({ outcome }) => outcome === 'inconclusive' || outcome === 'unknown') ? 4 : 0
}
