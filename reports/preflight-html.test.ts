import { expect, test } from 'vitest'
import { renderPreflightHtml } from './preflight-html.ts'
import { fixtureReport } from './testing/fixture.ts'

test('what the runs cannot prove reads as inconclusive, and never as met', () => {
  const report = fixtureReport({ decision: 'inconclusive' })
  const [ack] = report.verdicts
  if (ack) Object.assign(ack, { outcome: 'inconclusive' })
  const counted = { limit: 0, unit: 'messages', value: 3, outcome: 'missed' } as const
  report.verdicts.push({ ...counted, run: 'measured', level: 'Never acknowledged' })
  for (const figure of report.day.figures) figure.interval = null
  const page = renderPreflightHtml(report)
  const row = (label: string) =>
    page.match(new RegExp(`<tr><th scope="row">${label}</th>.*?</tr>`, 'gs'))?.map((cells) =>
      cells
        .replace(/<[^>]*>/g, ' ')
        .replace(/\s+/g, ' ')
        .trim(),
    )
  expect(row('Acknowledged, p99')).toEqual([
    'Acknowledged, p99 ≤ 250 ms 84.3 ms inconclusive 87.3 ms met 97.8 ms met',
    'Acknowledged, p99 84.3 ms 79.2 to 91.0 ms 87.3 ms +3.6 % +3.03 ms 6,412 / 6,412',
    'Acknowledged, p99 97.8 ms too few samples 1,154,160',
  ])
  expect(row('Never acknowledged')).toEqual(['Never acknowledged none 3 MISSED – –'])
  expect(row('Backlog, peak')?.at(-1)).toBe('Backlog, peak 795 1')
  expect(page).toMatch(/<div id="number-ack-p99" class="is-unknown">/)
})
