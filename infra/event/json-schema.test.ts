// The schemas for editors are those of the code, and accept what the loader accepts.
import { readdirSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { parse } from 'yaml'
import * as z from 'zod'
import { jsonSchemas } from './json-schema.ts'
import { EVENT, OUTAGE, readScenario } from './test-event.ts'

const scenarios = new URL('../../scenarios/', import.meta.url)
const files = (folder: string) => readdirSync(new URL(folder, scenarios)).map((name) => `${folder}${name}`)
const checkedIn = (name: string) => JSON.parse(readScenario(name))

test.each(Object.entries(jsonSchemas()))(
  'scenarios/%s is what tools/build-schemas.ts writes',
  (name, schema) => {
    expect(checkedIn(name)).toEqual(JSON.parse(JSON.stringify(schema)))
  },
)

test.each([
  ...files('events/').map((file) => [file, 'event.schema.json', '../event.schema.json']),
  ['starter-event.yaml', 'event.schema.json', './event.schema.json'],
  ...files('outages/').map((file) => [file, 'outage.schema.json', '../outage.schema.json']),
  ...files('calendars/').map((file) => [file, 'calendar.schema.json', '../calendar.schema.json']),
] as [string, string, string][])('%s names the schema %s and fits it', (file, schema, named) => {
  const text = readScenario(file)
  expect(text.split('\n')[0]).toBe(`# yaml-language-server: $schema=${named}`)
  const result = z.fromJSONSchema(checkedIn(schema)).safeParse(parse(text))
  expect(result.error?.issues ?? []).toEqual([])
})

test('the schemas refuse what the loader refuses', () => {
  const event = z.fromJSONSchema(checkedIn('event.schema.json'))
  const outage = z.fromJSONSchema(checkedIn('outage.schema.json'))
  expect(event.safeParse(parse(EVENT)).success).toBe(true)
  expect(outage.safeParse(parse(OUTAGE)).success).toBe(true)
  for (const [from, to] of [
    ['attendees: 1200', 'attendes: 1200'],
    ['attendees: 1200', 'attendees: -1'],
    ['duration: 1h', 'duration: 60'],
    ['duration: 1h', 'duration: 60 min'],
    ['t3.large', 't3.larg'],
    ['eu-west-1', 'eu-west-9'],
    ['engagement: peak', 'engagement: peek'],
  ] as const) {
    expect(event.safeParse(parse(EVENT.replace(from, to))).success, to).toBe(false)
  }
  expect(outage.safeParse(parse(OUTAGE.replace('5m', '5'))).success).toBe(false)
})

test('every key of the event file is described or has an example, a choice or a default', () => {
  const bare: string[] = []
  const walk = (node: Record<string, unknown>, path: string) => {
    for (const [key, child] of Object.entries(
      (node.properties ?? {}) as Record<string, Record<string, unknown>>,
    )) {
      const told = ['description', 'examples', 'enum', 'const', 'default', 'properties'].some(
        (k) => k in child,
      )
      if (!told && child.pattern === undefined) bare.push(`${path}${key}`)
      walk(child, `${path}${key}.`)
    }
    for (const inner of [node.items, node.additionalProperties, ...((node.oneOf ?? []) as unknown[])]) {
      if (typeof inner === 'object' && inner !== null) walk(inner as Record<string, unknown>, path)
    }
  }
  walk(JSON.parse(readFileSync(new URL('event.schema.json', scenarios), 'utf8')), '')
  expect(bare).toEqual([])
})
