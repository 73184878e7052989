// Rates and round trips of access links are what the transfers of a trace say.
import { expect, test } from 'vitest'
import { readAccessTrace } from './access-trace.ts'
import { change, complaints, EVENT, MARK, markOf, readScenario } from './test-event.ts'

const HEADER = 'link,signal,chunk_size_kb,app_throughput_kbps,delivery_time_s'

test('small transfers give the round trip, the others the rate', () => {
  const rows = [
    ...Array.from({ length: 25 }, (_, i) => `4g,weak,4000,${5_000 - i},0.8`),
    ...Array.from({ length: 20 }, (_, i) => `4g,weak,100,1000,${(0.05 + i / 1_000).toFixed(3)}`),
  ]
  const trace = readAccessTrace([HEADER, ...rows].join('\n'), 'trace.csv', 'a source')
  expect(trace.source).toBe('a source')
  expect(trace.rttMs).toEqual({ '4g/weak': 50 })
  expect(trace.ratesBps['4g/weak']).toHaveLength(25)
  expect(trace.ratesBps['4g/weak']?.[0]).toBe(4_976_000)
  expect(trace.ratesBps['4g/weak']?.at(-1)).toBe(5_000_000)
})

test('a kind of link with too few transfers is left out', () => {
  const trace = readAccessTrace(`${HEADER}\n4g,weak,4000,5000,0.8\n`, 'trace.csv', 'a source')
  expect(trace).toEqual({ source: 'a source', ratesBps: {}, rttMs: {} })
})

test('the columns may stand in any order, with others between', () => {
  const rows = [...Array(20).fill('0.8,x,5000,4000,weak,4g'), ...Array(5).fill('0.07,x,1000,50,weak,4g')]
  const text = ['delivery_time_s,session,app_throughput_kbps,chunk_size_kb,signal,link', ...rows].join('\n')
  expect(readAccessTrace(text, 'trace.csv', 'a source').rttMs).toEqual({ '4g/weak': 70 })
})

test('the Lumos trace: six kinds of links, in the order that their names promise', () => {
  const { rttMs, ratesBps } = readAccessTrace(readScenario('traces/lumos-wifi-4g.csv'), 'lumos', 'lumos')
  expect(rttMs).toEqual({
    '4g/weak': 70,
    '4g/medium': 48,
    '4g/strong': 43,
    'wifi_2.4GHz/weak': 32,
    'wifi_2.4GHz/medium': 35,
    'wifi_5GHz/strong': 20,
  })
  const median = (key: string) => ratesBps[key]?.[Math.floor((ratesBps[key]?.length ?? 0) / 2)] ?? 0
  expect(median('4g/weak')).toBeLessThan(median('4g/medium'))
  expect(median('4g/medium')).toBeLessThan(median('4g/strong'))
  expect(median('wifi_2.4GHz/weak')).toBeLessThan(median('wifi_5GHz/strong'))
  for (const rates of Object.values(ratesBps)) expect(rates).toEqual(rates.toSorted((a, b) => a - b))
})

test('its sizes are kilobits: in every large transfer size / time is the throughput', () => {
  const rows = readScenario('traces/lumos-wifi-4g.csv').trimEnd().split('\n').slice(1)
  const large = rows.map((row) => row.split(',').slice(2).map(Number)).filter(([kbit = 0]) => kbit > 1_000)
  expect(large.length).toBeGreaterThan(8_000)
  for (const [kbit = 0, kbps = 0, seconds = 1] of large) expect(kbit / seconds / kbps).toBeCloseTo(1, 1)
})

const ROW = '4g,weak,4000,5000,0.8'
const MALFORMED: Record<string, [row: string, message: string]> = {
  'an unknown link': [
    `${MARK}5g,weak,4000,5000,0.8`,
    '"5g/weak" is not a kind of access link, did you mean "4g/weak"?',
  ],
  'a negative rate': [
    `4g,weak,4000,${MARK}-5000,0.8`,
    '"-5000" is not a positive number; write what was measured',
  ],
  'a size of zero': [`4g,weak,${MARK}0,5000,0.8`, '"0" is not a positive number; write what was measured'],
  'a time that is none': [
    `4g,weak,10,5000,${MARK}NaN`,
    '"NaN" is not a positive number; write what was measured',
  ],
  'a cell too few': [
    `${MARK}4g,weak,4000,5000`,
    'the row has 4 cells, the header 5; write one for each column',
  ],
}

test.each(Object.entries(MALFORMED))('a trace with %s is told with its line', (_, [row, message]) => {
  const trace = `${HEADER}\n${ROW}\n${row}\n`
  const event = `${EVENT}access: { trace: access.csv }\n`
  expect(complaints({ event, others: { 'access.csv': trace } })).toEqual([
    `${markOf('access.csv', trace)}: ${message}`,
  ])
})

test('a trace without a column is told in its first line', () => {
  const event = `${EVENT}access: { trace: access.csv }\n`
  const trace = change(`${HEADER}\n${ROW}\n`, 'signal,', '').replace('weak,', '')
  expect(complaints({ event, others: { 'access.csv': trace } })).toEqual([
    `access.csv:1:1: the trace’s header lacks "signal"; write the line ${HEADER} first`,
  ])
})
