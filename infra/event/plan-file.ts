// The plan beside an event: keys of it that a search for the cheapest way of buying overrides, as long as the event is the one searched.
import { createHash } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { basename } from 'node:path'
import { stringify } from 'yaml'
import * as z from 'zod'
import { InvalidInput } from '../../runtime/errors.ts'
import { count, expected, section } from './fields.ts'
import { InvalidEvent, type Problem } from './problems.ts'
import { quote } from './quote.ts'
import type { Setting } from './settings.ts'
import { readYaml } from './yaml-source.ts'
import { parseWith } from './zod-problems.ts'

/** Where a plan comes from. */
export interface PlanOrigin {
  /** Of the event file, in hexadecimal. */
  eventSha256: string
  firstSeed: number
  days: number
  /** Of micropop; null: not known. */
  commit: string | null
  /** Day, as 2026-12-03. */
  date: string
}

export interface EventPlan extends PlanOrigin {
  file: string
  settings: Setting[]
}

const KEYS = /^venues(\.[\w-]+){2,}$/
const sha256 = 'the SHA-256 of the event file, as `micropop plan --write` has it'
const date = '2026-12-03'

const planFileSchema = section('the plan file', {
  micropop: z.literal(1, { error: expected('the version of the format', '1') }),
  plan: section('plan', {
    eventSha256: z.string({ error: expected(sha256, '9f86…') }).regex(/^[0-9a-f]{64}$/, {
      error: expected(sha256, '9f86…'),
    }),
    firstSeed: count('seeds', 1, 1, Number.MAX_SAFE_INTEGER),
    days: count('days', 52, 1, 1_000_000),
    commit: z.string({ error: expected('the commit of micropop', '45b78a2c9d01') }).nullable(),
    date: z.iso.date({ error: expected('the day of the search', date) }),
  }),
  set: z.record(
    z.string().regex(KEYS, { error: 'a plan sets keys of venues, such as `venues.remote.pop.instanceType`' }),
    z.union([z.string(), z.number(), z.boolean(), z.null()], {
      error: expected('a value, or null to take the key out', 't3.medium'),
    }),
    { error: expected('keys with their values', '`venues.remote.pop.policy: spot`') },
  ),
})

export function planPath(eventPath: string): string {
  return `${eventPath.replace(/\.ya?ml$/i, '')}.plan.yaml`
}

export function eventSha256(eventPath: string): string {
  return createHash('sha256').update(readFileSync(eventPath)).digest('hex')
}

/** null: there is none. Errors: `InvalidEvent`, MP_PLAN_STALE where the event file is another than was searched. */
export function planBeside(eventPath: string): EventPlan | null {
  const path = planPath(eventPath)
  if (path === eventPath || !existsSync(path)) return null
  const source = readYaml(path, path, 'plan file')
  const problems: Problem[] = []
  const read = parseWith(planFileSchema, source, problems)
  if (read === undefined || problems.length > 0) throw new InvalidEvent(problems)
  if (read.plan.eventSha256 !== eventSha256(eventPath))
    throw new InvalidInput(
      'MP_PLAN_STALE',
      `this plan is of another ${quote(basename(eventPath))} than the one beside it, which was changed since`,
      'Run `micropop plan` with --write again, or delete the plan file.',
      source.valueAt(['plan', 'eventSha256']),
    )
  const settings = Object.entries(read.set).map(([key, value]): Setting => {
    return { path: key.split('.'), value, place: source.valueAt(['set', key]) }
  })
  return { file: path, ...read.plan, settings }
}

/** Of `settings` those that differ from what the event file says, as the text of a plan file. */
export function planText(
  eventPath: string,
  { eventSha256, firstSeed, days, commit, date }: PlanOrigin,
  settings: readonly Pick<Setting, 'path' | 'value'>[],
): string {
  const { data } = readYaml(eventPath, eventPath, 'event file')
  const overridden = settings.filter(({ path, value }) => valueIn(data, path) !== value)
  const set = Object.fromEntries(overridden.map(({ path, value }) => [path.join('.'), value]))
  return `# The cheapest way of buying that \`micropop plan\` found. It applies to the event file beside it, as long as that is the same.
${stringify({ micropop: 1, plan: { eventSha256, firstSeed, days, commit, date }, set })}`
}

/** null where there is no such key. */
function valueIn(data: unknown, path: readonly string[]): unknown {
  const at = path.reduce<unknown>((section, key) => {
    const isSection = typeof section === 'object' && section !== null
    return isSection && Object.hasOwn(section, key) ? (section as Record<string, unknown>)[key] : undefined
  }, data)
  return at ?? null
}
