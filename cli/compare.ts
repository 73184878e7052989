// `micropop compare`: what changed in cost and recovery between two events, two revisions of one, or two policies.
import { Command, InvalidArgumentError, Option } from 'commander'
import type { Setting } from '../infra/event/settings.ts'
import { InvalidInput } from '../runtime/errors.ts'
import type { EventComparison } from '../simulator/costs/compare/compare-result.ts'
import { abortSignal } from './abort.ts'
import { commandLine, seedOption } from './options.ts'
import { priceBookFrom, pricesOption } from './prices-option.ts'
import { progress } from './progress.ts'

const FORMATS = ['text', 'json', 'markdown', 'html'] as const

const SECOND = 'Name a second event, EVENT@REVISION, or say with --set KEY=VALUE what is different.'

interface Options {
  format: (typeof FORMATS)[number]
  set: Setting[]
  twin?: boolean
  prices?: string
  seed: number
}

export function compareCommand(): Command {
  return new Command('compare')
    .description('what changed in cost and recovery between two events, revisions or policies')
    .argument('<a>', 'event file, or EVENT@REVISION as git has it')
    .argument('[b]', 'the other; without it, A with what --set says')
    .addOption(
      new Option('--set <key=value>', 'a key of the second, e.g. venues.remote.pop.instanceType=t3.medium')
        .argParser(setting)
        .default([], 'nothing'),
    )
    .option('--twin', 'figures from a day in the twin instead of formulas')
    .addOption(seedOption())
    .addOption(pricesOption())
    .addOption(
      new Option('--format <format>', 'markdown: for a pull request; html: one page')
        .choices(FORMATS)
        .default('text'),
    )
    .action(run)
}

function setting(text: string, others: Setting[]): Setting[] {
  const [, keys, value] = /^([\w.-]+)=(.*)$/s.exec(text) ?? []
  const path = keys?.split('.') ?? []
  if (value === undefined || path.some((key) => key === ''))
    throw new InvalidArgumentError('It must be KEY=VALUE, such as venues.remote.pop.policy=spot.')
  const known = value === 'true' || value === 'false' ? value === 'true' : numberOr(value)
  return [...others, { path, value: known, place: { file: `--set ${keys}` } }]
}

/** As YAML reads a plain scalar; nothing takes the key out. */
function numberOr(text: string): string | number | null {
  if (text === '') return null
  return /^-?\d+(\.\d+)?$/.test(text) ? Number(text) : text
}

async function run(
  a: string,
  b: string | undefined,
  { set, twin, seed, prices, format }: Options,
): Promise<void> {
  if (b === undefined && set.length === 0)
    throw new InvalidInput(
      'MP_NOTHING_TO_COMPARE',
      'one event is named, and nothing to compare it with',
      SECOND,
      { file: a },
    )
  const book = await priceBookFrom(prices)
  const { compareEvents } = await import('../simulator/costs/compare/compare-events.ts')
  const sets = set.map(({ path, value }) => `${path.join('.')}=${value ?? ''}`)
  const named = [b ?? a, ...sets].join(', ')
  const [before, after] = [await load(a, []), await load(b ?? a, set)]
  const step = progress.step('Comparing')
  const result = await compareEvents(
    { named: a, event: before },
    { named, event: after },
    { figuresFrom: twin ? 'twin' : 'surrogate', seed, book, signal: abortSignal() },
  ).catch((error) => {
    step.failed()
    throw error
  })
  step.done()
  const files = b === undefined ? [a] : [a, b]
  const again = commandLine('compare', files, { set: sets, twin, seed, prices, format: 'html' })
  process.stdout.write(await render(result, format, again))
}

async function load(argument: string, set: readonly Setting[]) {
  const [{ existsSync }, { mkdtemp, rm }, { tmpdir }, { join }, { loadEvent }, { checkOut, revisionOf }] =
    await Promise.all([
      import('node:fs'),
      import('node:fs/promises'),
      import('node:os'),
      import('node:path'),
      import('../infra/event/load.ts'),
      import('../simulator/costs/compare/event-revision.ts'),
    ])
  const at = existsSync(argument) ? null : revisionOf(argument)
  if (at === null) return loadEvent(argument, { set })
  const folder = await mkdtemp(join(tmpdir(), 'micropop-compare-'))
  try {
    return loadEvent(await checkOut(at.file, at.revision, folder), { set })
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

async function render(result: EventComparison, format: Options['format'], again: string): Promise<string> {
  if (format === 'json') return (await import('../reports/json.ts')).renderJson(result)
  if (format === 'html') return (await import('../reports/compare-html.ts')).renderCompareHtml(result, again)
  const { renderCompareMarkdown, renderCompareText } = await import('../reports/compare.ts')
  return format === 'markdown' ? renderCompareMarkdown(result) : renderCompareText(result)
}
