import { expect, test } from 'vitest'
import type { Figure } from '../simulator/run-result.ts'
import { fidelityRows } from './fidelity.ts'
import { run } from './testing/fixture-run.ts'

function rowOf(measured: Partial<Figure>, twin: Partial<Figure>) {
  const base: Figure = {
    id: 'ack-p99',
    label: 'Acknowledged, p99',
    unit: 'ms',
    value: 100,
    interval: null,
    samples: 5000,
  }
  const runs = [measured, twin].map((part) => ({
    ...run('measured', 'rehearsal', 1),
    figures: [{ ...base, ...part }],
  }))
  return fidelityRows(...(runs as [ReturnType<typeof run>, ReturnType<typeof run>]))[0]
}

test('the error is the twin’s, relative to what was measured', () => {
  expect(rowOf({ value: 80 }, { value: 100 })).toMatchObject({
    error: '+25 %',
    difference: '+20.0 ms',
    note: '',
  })
  expect(rowOf({ value: 80 }, { value: 60 })).toMatchObject({ error: '−25 %', difference: '−20.0 ms' })
})

test('what was not measured has no error', () => {
  const row = rowOf({ value: null, samples: 0 }, {})
  expect(row).toMatchObject({
    measured: 'not measured',
    error: '–',
    difference: '–',
    note: 'cannot be compared',
  })
})

test('nothing is divided by a measured zero', () => {
  const zero = { id: 'backlog-peak', unit: 'messages' } as const
  expect(rowOf({ ...zero, value: 0 }, { ...zero, value: 40 })).toMatchObject({
    error: '–',
    difference: '+40',
  })
  expect(rowOf({ ...zero, value: 0 }, { ...zero, value: 0 })).toMatchObject({ error: '0 %' })
})

test('a quantile of few samples says how many it wants', () => {
  expect(rowOf({ samples: 999 }, {})?.note).toBe('few samples: a p99 wants 1,000')
  expect(rowOf({ samples: 1000 }, { samples: 1000 })?.note).toBe('')
  expect(rowOf({ id: 'page-p50', samples: 19 }, { id: 'page-p50' })?.note).toBe('few samples: a p50 wants 20')
})

test('an interval names its unit once where it can', () => {
  expect(rowOf({ interval: { low: 79.2, high: 91 } }, {})?.interval).toBe('79.2 to 91.0 ms')
  expect(rowOf({ interval: { low: 790, high: 1910 } }, {})?.interval).toBe('790 ms to 1.91 s')
})

test('a quantile that its samples do not bound says so in place of an interval', () => {
  expect(rowOf({ interval: null }, {})?.interval).toBe('too few samples')
  expect(rowOf({ interval: null, value: null }, {})?.interval).toBe('')
  expect(rowOf({ id: 'backlog-peak', unit: 'messages' }, {})?.interval).toBe('')
})

test('a figure that only one run has is shown', () => {
  const measured = run('measured', 'rehearsal', 1)
  const twin = run('twin', 'rehearsal', 1)
  const rows = fidelityRows({ ...measured, figures: measured.figures.slice(1) }, twin)
  expect(rows.map(({ id }) => id).sort()).toEqual(twin.figures.map(({ id }) => id).sort())
})
