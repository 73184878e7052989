// What is set from outside is checked like what the file says, and mistakes in it have its place.
import { expect, test } from 'vitest'
import { loadEvent } from './load.ts'
import { InvalidEvent } from './problems.ts'
import type { Setting } from './settings.ts'
import { eventFolder, thrown } from './test-event.ts'

const place = { file: 'plan.yaml', line: 7, column: 3 }
const loaded = (...set: Setting[]) => loadEvent(`${eventFolder()}/event.yaml`, { set })

test('a key is set, added or taken out', () => {
  const pop = ['venues', 'remote', 'pop']
  const event = loaded(
    { path: [...pop, 'instanceType'], value: 'm7i.large', place },
    { path: [...pop, 'policy'], value: 'on-demand', place },
    { path: [...pop, 'credits'], value: null, place },
    { path: ['window', 'setup'], value: '1h', place },
  )
  expect(event.setupS).toBe(3_600)
  expect(event.venues[1]?.pop).toMatchObject({ instanceType: 'm7i.large', creditMode: null })
})

test('a wrong value is refused at its own place, the file’s mistakes at theirs', () => {
  const error = thrown(() => loaded({ path: ['venues', 'remote', 'pop', 'policy'], value: 'sot', place }))
  expect((error as InvalidEvent).problems).toMatchObject([
    { place, message: expect.stringContaining('"sot"') },
  ])
})

test('a key with a name of every object changes the data only', () => {
  expect(() => loaded({ path: ['__proto__', 'polluted'], value: true, place })).toThrow(InvalidEvent)
  expect(({} as Record<string, unknown>).polluted).toBeUndefined()
})
