// docs/queries.md: every example on the page does what the page says.
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { popConfigSchema } from '../runtime/pop-config.ts'
import type { Query } from '../runtime/protocol/session.ts'
import { createAggregator } from '../runtime/queries/aggregates.ts'
import * as bounds from '../runtime/queries/bounds.ts'
import { compileFilter } from '../runtime/queries/filter.ts'
import { parseAggregate, parseFilter } from '../runtime/queries/parse.ts'

const page = readFileSync(fileURLToPath(new URL('../docs/queries.md', import.meta.url)), 'utf8')

/** JSON in backticks, by cell, of the rows of the table under a heading. */
function rowsOf(section: string): unknown[][][] {
  const text = page.split(`## ${section}\n`)[1]?.split('\n## ')[0] ?? ''
  const rows = text.split('\n').filter((line) => line.startsWith('| `{'))
  return rows.map((row) =>
    row
      .split('|')
      .slice(1, -1)
      .map((cell) => [...cell.matchAll(/`([^`]+)`/g)].map(([, json]) => JSON.parse(json as string))),
  )
}

function ok<T>(parsed: { ok: T } | { wrong: string }): T {
  if ('wrong' in parsed) throw new Error(parsed.wrong)
  return parsed.ok
}

const message = (body: unknown, client = 'c0') => ({ client, at: 0, t: 0, off: 1, body })

describe('the page on queries', () => {
  test('has examples of every filter and aggregate', () => {
    const operators = JSON.stringify(rowsOf('Filters').map(([filter]) => filter))
    for (const operator of [
      'eq',
      'ne',
      'lt',
      'le',
      'gt',
      'ge',
      'in',
      'prefix',
      'exists',
      'and',
      'or',
      'not',
    ]) {
      expect(operators).toContain(`{"${operator}":`)
    }
    expect(rowsOf('Aggregates').map(([agg]) => ok(parseAggregate(agg?.[0])).is)).toEqual([
      'count',
      'count',
      'top',
      'histogram',
      'distinct',
    ])
  })

  test.each(rowsOf('Filters').map(([filter, holds, not]) => [filter?.[0], holds?.[0], not?.[0]]))(
    '%j holds for %j and not for %j',
    (filter, holds, not) => {
      const matches = compileFilter(ok(parseFilter(filter)))
      expect([matches(message(holds)), matches(message(not))]).toEqual([true, false])
    },
  )

  test.each(
    rowsOf('Aggregates').map(([agg, bodies, value]) => [agg?.[0], bodies ?? [], value?.[0]] as const),
  )('%j of %j is %j', (agg, bodies, value) => {
    const aggregator = createAggregator(ok(parseAggregate(agg)))
    for (const [i, body] of bodies.entries()) aggregator.take(message(body, `c${i}`))
    expect(aggregator.value()).toEqual(value)
  })

  test('asks a poll’s votes as the standing aggregate of polls counts them', () => {
    const query = JSON.parse(/`(\{"t":"query".+?\})` is/s.exec(page)?.[1] ?? '') as Query
    const { standing } = popConfigSchema.pick({ standing: true }).parse({})
    expect(standing).toMatchObject([{ ch: 'collect.poll.*', agg: query.agg }])
    expect(query.ch).toMatch(/^collect\.poll\./)
  })

  test('shows channels and standing aggregates that a PoP takes', () => {
    const json = JSON.parse(/```json\n(.+?)```/s.exec(page)?.[1] ?? '') as object
    const parsed = popConfigSchema.pick({ channels: true, standing: true }).parse(json)
    expect(parsed.standing.map(({ name, everyMs }) => [name, everyMs])).toEqual([
      ['polls', 5_000],
      ['ratings', 10_000],
    ])
  })

  test('names the bounds that hold', () => {
    const { FILTER_NODES_MAX, FILTER_DEPTH_MAX, IN_VALUES_MAX, PATH_SEGMENTS_MAX, FILTER_CHARS_MAX } = bounds
    const { GROUPS_MAX, GROUP_CHARS_MAX, OPEN_QUERIES_MAX, OPEN_QUERIES_PER_CHANNEL_MAX } = bounds
    const number = (n: number) => n.toLocaleString('en')
    for (const said of [
      `${FILTER_NODES_MAX} conditions, ${FILTER_DEPTH_MAX} levels, ${IN_VALUES_MAX} values`,
      `${PATH_SEGMENTS_MAX} names in a path, ${number(FILTER_CHARS_MAX)} characters`,
      `${GROUPS_MAX} groups`,
      `at ${GROUP_CHARS_MAX} characters`,
      `${OPEN_QUERIES_MAX} different queries`,
      `${OPEN_QUERIES_PER_CHANNEL_MAX} of them on one channel`,
      `${bounds.OPEN_QUERIES_PER_CLIENT_MAX} of them \`per\` client (${number(bounds.QUERY_CLIENTS_MAX)} clients`,
      `${bounds.STANDING_CHANNELS_MAX} channels and ${number(bounds.STANDING_CLIENTS_MAX)} remembered clients`,
      `every ${bounds.RESULT_EVERY_MS} ms`,
    ]) {
      expect(page.replace(/\s+/g, ' ')).toContain(said)
    }
  })
})
