// YAML that cannot be read, or should not be, is refused at its place and within bounds.
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { change, complaints, EVENT, eventFolder, MARK, markOf, thrown } from './test-event.ts'
import { MAX_YAML_BYTES, readYaml } from './yaml-source.ts'

const SYNTAX: Record<string, [text: string, message: string]> = {
  'a tab for indentation': [
    `micropop: 1\nevent:\n${MARK}\tname: a\n`,
    'a tab is used for indentation; write spaces',
  ],
  'a bracket that is not closed': [
    `venues: [a, b\n${MARK}event: {}\n`,
    'the indentation or a bracket does not fit; keys of one section start in the same column',
  ],
  'a quote that is not closed': [
    `title: "My event\n${MARK}`,
    'a bracket, a quote, a colon or a comma is missing before this point',
  ],
  'two colons in a line': [
    `title: ${MARK}Panel: the future\n`,
    'there are two colons in one line; put the text in quotes, or the second key on its own line',
  ],
  'keys that do not line up': [
    `event:\n    name: a\n${MARK}  title: b\n`,
    'the indentation or a bracket does not fit; keys of one section start in the same column',
  ],
  'a key without a colon': [
    `micropop: 1\n${MARK}budget 900 USD\nshow: {}\n`,
    'a key has no colon; write `key: value`',
  ],
  'a list as a key': [
    `? ${MARK}[a]\n: 1\n`,
    'a list or a mapping stands where a key belongs; write `key: value`',
  ],
  'two documents': [
    `micropop: 1\n${MARK}---\nmicropop: 1\n`,
    'a second document starts here; keep one in a file and remove this `---`',
  ],
}

test.each(Object.entries(SYNTAX))('%s', (_, [event, message]) => {
  expect(complaints({ event })).toEqual([
    `${markOf('event.yaml', event)}: this is not valid YAML: ${message}`,
  ])
})

test('a tag is refused', () => {
  const event = `micropop: 1\nbudget: ${MARK}!money 900\n`
  expect(complaints({ event })).toEqual([
    `${markOf('event.yaml', event)}: Unresolved tag: !money; write plain values without tags`,
  ])
})

test('an empty file and a list say how to start', () => {
  expect(complaints({ event: '# nothing yet\n' })).toEqual([
    'event.yaml:1:1: the event file is empty; `micropop init` writes an event file to start from',
  ])
  expect(complaints({ event: '- micropop: 1\n' })).toEqual([
    'event.yaml:1:1: the event file must be a mapping of keys; start it with `micropop: 1`',
  ])
})

test('brackets in brackets without end are refused, not followed', () => {
  const [told] = complaints({ event: `a: ${'['.repeat(10_000)}` })
  expect(told).toContain('this is not valid YAML: this is nested too deeply to be read')
})

test('an alias may be used, and its mistakes are told where they are written', () => {
  const text = change(
    EVENT,
    'access: [{ technology: 4g, signal: medium }]',
    'access: &wifi [{ technology: wifi_5GHz, signal: strong }]',
  )
  const event = `${change(text, 'venues:\n', 'venues:\n  lobby: { placement: region, attendees: 5, access: &own [{ technology: 4g, signal: strong }], pop: &pop { platform: ec2, instanceType: t3.large, policy: burstable } }\n  annexe: { placement: region, attendees: 5, access: *own, pop: *pop }\n')}`
  const wrong = change(event, '&own [{ technology: 4g', `&own [{ technology: ${MARK}5g`)
  const told = complaints({ event: wrong })
  expect(told[0]).toBe(`${markOf('event.yaml', wrong)}: "5g" is not an access technology, did you mean "4g"?`)
  expect(told).toHaveLength(1)
})

test('an alias without an anchor is refused', () => {
  const event = change(EVENT, 'access: [{ technology: 4g, signal: medium }]', `access: ${MARK}*wifi`)
  expect(complaints({ event })).toEqual([
    `${markOf('event.yaml', event)}: nothing before this is marked \`&wifi\`; mark it, or write the value here`,
  ])
})

test('aliases of aliases that would unfold into millions of values are refused', () => {
  const bomb = ['a0: &a0 [x, x, x, x, x, x, x, x, x]']
  for (let level = 1; level < 10; level++) {
    bomb.push(
      `a${level}: &a${level} [${Array(9)
        .fill(`*a${level - 1}`)
        .join(', ')}]`,
    )
  }
  expect(complaints({ event: bomb.join('\n') })).toEqual([
    'event.yaml:2:10: aliases unfold into more than 100 values; write them out',
  ])
})

test('more aliases than a person writes are refused before they are followed', () => {
  const event = `a: &a 1\nb: [${Array(101).fill('*a').join(', ')}]\n`
  expect(complaints({ event })).toEqual([
    'event.yaml:2:405: this is one alias more than the 100 that are read',
  ])
})

test('a file that is too large is not read', () => {
  const event = `${EVENT}# ${'x'.repeat(MAX_YAML_BYTES)}\n`
  expect(complaints({ event })).toEqual([
    `event.yaml: event file "event.yaml" is larger than ${MAX_YAML_BYTES} bytes, the most that is read`,
  ])
})

test('a file that is not text is refused', () => {
  const folder = eventFolder({ others: { 'image.yaml': Uint8Array.of(0xff, 0xd8, 0xff, 0xe0) } })
  expect(thrown(() => readYaml(join(folder, 'image.yaml'), 'image.yaml', 'event file')).message).toBe(
    'event file "image.yaml" is not UTF-8 text; save it as UTF-8',
  )
})

test('a folder is refused', () => {
  const folder = eventFolder()
  mkdirSync(join(folder, 'sub'))
  expect(thrown(() => readYaml(join(folder, 'sub'), 'sub', 'event file')).message).toBe(
    'event file "sub" is a folder; name a file in it',
  )
})

test('a device that never ends is refused, not read', () => {
  expect(thrown(() => readYaml('/dev/zero', '/dev/zero', 'event file')).message).toBe(
    'event file "/dev/zero" is not a regular file',
  )
})

test('a key called __proto__ is as unknown as any other', () => {
  const event = `${EVENT}${MARK}__proto__: { polluted: true }\n`
  const [told] = complaints({ event })
  expect(told).toContain(`${markOf('event.yaml', event)}: unknown key "__proto__"`)
  expect(({} as { polluted?: boolean }).polluted).toBeUndefined()
})
