// Counters in Prometheus' text format: summed over labels, and nothing that is no count.
import { expect, test } from 'vitest'
import { counters } from './ask-usage.ts'

const TEXT = `# HELP micropop_uplink_sent_bytes_total Bytes
# TYPE micropop_uplink_sent_bytes_total counter
micropop_uplink_sent_bytes_total{uplink="fibre"} 1200
micropop_uplink_sent_bytes_total{uplink="a } 7 {"} 3e2
process_cpu_seconds_total 1.5
micropop_pages_total -1
micropop_backlog NaN
not a metric at all
`

test('a counter is the sum over its labels; what is not there, or is no count, is not known', () => {
  const of = counters(TEXT)
  expect(of('micropop_uplink_sent_bytes_total')).toBe(1_500)
  expect(of('process_cpu_seconds_total')).toBe(1.5)
  for (const name of ['micropop_pages_total', 'micropop_backlog', 'not', 'micropop_delivered_bytes_total']) {
    expect(of(name), name).toBeNull()
  }
})
