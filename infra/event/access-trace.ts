// What real transfers say about each kind of access link: rates and round trips, from a trace of transfers.
import { ACCESS_KEYS } from './access-classes.ts'
import type { AccessTrace } from './event.ts'
import { quote } from './quote.ts'
import { didYouMean } from './suggest.ts'
import { readTrace, type TraceTable } from './trace-csv.ts'

/**
 * Transfers up to this size measure the round trip, larger ones the rate. 100 kbit take 2 ms on the 50 Mbit/s line
 * behind the Lumos trace, so that they are mostly waiting.
 */
export const SMALL_TRANSFER_BITS = 100_000

/** Fewer samples than these say nothing about a kind of link. */
export const MIN_RATE_SAMPLES = 20
export const MIN_RTT_SAMPLES = 5

const COLUMNS = ['link', 'signal', 'chunk_size_kb', 'app_throughput_kbps', 'delivery_time_s'] as const
type Column = (typeof COLUMNS)[number]

/**
 * Reads a trace of transfers. `chunk_size_kb` counts kilobits: its documentation says kilobytes, but in its rows
 * size / time = throughput holds with kilobits only.
 *
 * `rttMs` is the 5th percentile (nearest rank) of the delivery time of small transfers: an upper bound of the
 * round trip, since the smallest transfer still waits for one. With the 15 to 21 small transfers that a kind of
 * link of the Lumos trace has, that is the smallest or the second smallest. `ratesBps` has the throughput of every
 * other transfer. Kinds of links with too few samples are left out.
 *
 * Throws `InvalidEvent` with the trace's line.
 */
export function readAccessTrace(text: string, file: string, source: string): AccessTrace {
  const ratesBps = new Map<string, number[]>(ACCESS_KEYS.map((key) => [key, []]))
  const smallMs = new Map<string, number[]>(ACCESS_KEYS.map((key) => [key, []]))
  const trace = readTrace(text, file, COLUMNS)
  for (const [row, [link, signal, kbit = '', kbps = '', seconds = '']] of trace.rows.entries()) {
    const small = positive(trace, row, 'chunk_size_kb', kbit) * 1_000 <= SMALL_TRANSFER_BITS
    const value = small
      ? positive(trace, row, 'delivery_time_s', seconds)
      : positive(trace, row, 'app_throughput_kbps', kbps)
    const key = `${link}/${signal}`
    const samples = (small ? smallMs : ratesBps).get(key)
    if (!samples) {
      throw trace.wrong(
        row,
        'link',
        `${quote(key)} is not a kind of access link${didYouMean(key, ACCESS_KEYS)}`,
      )
    }
    samples.push(value * 1_000)
  }
  const measured = ACCESS_KEYS.flatMap((key) => {
    const rates = ratesBps.get(key) ?? []
    const small = smallMs.get(key) ?? []
    return rates.length < MIN_RATE_SAMPLES || small.length < MIN_RTT_SAMPLES ? [] : [{ key, rates, small }]
  })
  return {
    source,
    ratesBps: Object.fromEntries(measured.map(({ key, rates }) => [key, rates.sort((a, b) => a - b)])),
    rttMs: Object.fromEntries(measured.map(({ key, small }) => [key, percentile(small, 0.05)])),
  }
}

function positive(trace: TraceTable<Column>, row: number, column: Column, cell: string): number {
  const value = /^[0-9.]{1,20}$/.test(cell) ? Number(cell) : 0
  if (value > 0) return value
  throw trace.wrong(row, column, `${quote(cell)} is not a positive number; write what was measured`)
}

/** Nearest rank, of at least one value. */
function percentile(values: readonly number[], p: number): number {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.max(0, Math.ceil(p * sorted.length) - 1)] ?? Number.NaN
}
