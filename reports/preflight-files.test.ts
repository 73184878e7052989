import { expect, test } from 'vitest'
import { preflightFiles } from './preflight-files.ts'
import { fixtureReport } from './testing/fixture.ts'

test('money is an exact decimal with its currency in JSON, and the sum of the lines is the total', () => {
  const { forecast } = JSON.parse(preflightFiles(fixtureReport())['preflight.json'] ?? '')
  expect(forecast.total).toBe('187.298973653424 USD')
  expect(forecast.budget.limit).toBe('400.00 USD')
  const pico = (text: string) => BigInt(Math.round(Number(text.replace(' USD', '')) * 1e12))
  const sum = forecast.lines.reduce(
    (total: bigint, line: { amount: string }) => total + pico(line.amount),
    0n,
  )
  expect(sum).toBe(187_298_973_653_424n)
})

test('figures are a row each, unrounded, and an absent value is empty', () => {
  const [head, ...rows] = (preflightFiles(fixtureReport())['figures.csv'] ?? '').trimEnd().split('\r\n')
  expect(head).toBe('run,source,figure,label,unit,value,low_95,high_95,samples')
  expect(rows).toHaveLength(36)
  expect(rows).toContain('rehearsal,measured,recovery,Recovery,s,24.3,,,1')
  expect(rows).toContain('rehearsal,twin,page-p95,"Page loaded, p95",ms,,,,371')
})

test('without a live run only the day’s figures are there', () => {
  const rows = (preflightFiles(fixtureReport({ leftOut: 'no k6' }))['figures.csv'] ?? '')
    .trimEnd()
    .split('\r\n')
  expect(rows.slice(1).every((row) => row.startsWith('day,twin,'))).toBe(true)
})

test('equal reports give equal files', () => {
  expect(preflightFiles(fixtureReport())).toEqual(preflightFiles(fixtureReport()))
})
