// `micropop reconcile` as finance meets it: a real event, a bill on disk, exit codes.
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, expect, test } from 'vitest'
import { curBill, hourly } from '../simulator/costs/reconcile/testing/bills.ts'

const ROOT = fileURLToPath(new URL('..', import.meta.url))
const EVENT = join(ROOT, 'scenarios', 'events', 'hybrid-conference-2000.yaml')
const folder = mkdtempSync(join(tmpdir(), 'micropop-reconcile-cli-'))
afterAll(() => rmSync(folder, { recursive: true }))
/** Four commands on a busy machine. */
const TIMEOUT_MS = 120_000

function reconcile(bill: string, ...args: string[]) {
  const file = join(folder, 'bill.csv')
  writeFileSync(file, bill)
  const command = [join(ROOT, 'cli', 'micropop.mjs'), 'reconcile', EVENT, '--bill', file, ...args]
  return spawnSync(process.execPath, command, { cwd: ROOT, encoding: 'utf8', timeout: TIMEOUT_MS })
}

/** Set-up begins at 21:00 on the day that the bill begins, and the forecast has 24 hours of a machine at 0.0912. */
const MACHINE = {
  ...{ resource: 'i-1', usageType: 'EU-BoxUsage:t3.large', quantity: '1', cost: '0.0912' },
  ...{ event: 'hybrid-conference-2000', venue: 'remote' },
}
const ROWS = hourly(45, MACHINE).slice(21)

test(
  'what is on the bill matches its line, and all else of the forecast is missing: 1',
  () => {
    const { status, stdout, stderr } = reconcile(curBill(ROWS), '--format', 'json')
    expect(status).toBe(1)
    expect(stderr).toContain('24 rows, 24 of the event')
    const { lines, billed, rents } = JSON.parse(stdout)
    expect([billed, rents]).toEqual(['2.1888 USD', '90.00 USD'])
    const found = lines.find(({ what }: { what: string }) => what === 'ec2.t3.large.on-demand')
    expect(found).toMatchObject({ forecast: '2.1888 USD', billed: '2.1888 USD' })
    expect(lines.filter((line: { billed: string }) => line.billed !== '0.00 USD')).toEqual([found])
  },
  TIMEOUT_MS,
)

test(
  'within a tolerance as wide as that 0, without the tag 4, without a column 2',
  () => {
    const good = reconcile(curBill(ROWS), '--tolerance', '100')
    expect([good.status, good.stdout]).toEqual([0, expect.stringContaining('within the tolerance')])
    expect(reconcile(curBill(ROWS.map((row) => ({ ...row, event: 'other' })))).status).toBe(4)
    const bad = reconcile(curBill(ROWS).replace('line_item_usage_type', 'type'))
    expect([bad.status, bad.stdout]).toEqual([2, ''])
    expect(bad.stderr).toMatch(/bill\.csv:1: .*lacks the columns line_item_usage_type/)
  },
  TIMEOUT_MS,
)

test(
  'the page says how to make it again, and that makes the same',
  () => {
    const { status, stdout } = reconcile(curBill(ROWS), '--format', 'html', '--tolerance', '100')
    expect(status).toBe(0)
    const [, command = ''] = /<code>npx micropop (.*?)<\/code>/.exec(stdout) ?? []
    const again = spawnSync(process.execPath, [join(ROOT, 'cli', 'micropop.mjs'), ...command.split(' ')], {
      ...{ cwd: ROOT, encoding: 'utf8', timeout: TIMEOUT_MS },
    })
    expect(command).toContain('--tail-days 7 --tolerance 100 --format html')
    expect(again.stdout).toBe(stdout)
  },
  TIMEOUT_MS,
)
