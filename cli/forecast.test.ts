// `micropop forecast` as finance meets it: real events, real processes, exit codes and files.
import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, describe, expect, test } from 'vitest'

const ROOT = fileURLToPath(new URL('..', import.meta.url))
const EVENTS = join(ROOT, 'scenarios', 'events')
const folder = mkdtempSync(join(tmpdir(), 'micropop-forecast-'))
afterAll(() => rmSync(folder, { recursive: true }))
/** A forecast takes one to two seconds; a busy machine is allowed for. */
const TIMEOUT_MS = 30_000

function micropop(...args: string[]) {
  const options = { cwd: ROOT, encoding: 'utf8', timeout: TIMEOUT_MS } as const
  return spawnSync(process.execPath, [join(ROOT, 'cli', 'micropop.mjs'), 'forecast', ...args], options)
}

/** The event with some of its text replaced, its traces still found. */
function changed(name: string, replacements: [from: string | RegExp, to: string][]): string {
  const text = readFileSync(join(EVENTS, `${name}.yaml`), 'utf8').replaceAll('../', `${ROOT}scenarios/`)
  const file = join(folder, `${name}-${replacements.length}-${readdirSync(folder).length}.yaml`)
  writeFileSync(
    file,
    replacements.reduce((before, [from, to]) => before.replace(from, to), text),
  )
  return file
}

interface Printed {
  lines: { amount: string }[]
  unpriced: { type: string; why: string }[]
  total: string
  budget: { limit: string; outcome: string }
}

const picoOf = (text: string) => {
  const [whole = '', fraction = ''] = text.replace(' USD', '').split('.')
  return BigInt(whole + fraction.padEnd(12, '0'))
}

describe.each(['hybrid-conference-2000', 'week-long-series', 'pop-up-stand'])('%s', (name) => {
  const { status, stdout, stderr } = micropop(join(EVENTS, `${name}.yaml`), '--format', 'json')
  const result = JSON.parse(stdout || '{}') as Printed

  test('every type in its graph has a meter, and all usage is read by one', () => {
    expect(stderr).toBe('')
    const holes = result.unpriced.filter(({ why }) => !why.startsWith('the price book has no '))
    expect(holes).toEqual([])
  })
  test('the total is the sum of its lines, to the last pico-dollar', () => {
    expect(result.lines.length).toBeGreaterThan(20)
    const sum = result.lines.reduce((total, { amount }) => total + picoOf(amount), 0n)
    expect(sum).toBe(picoOf(result.total))
  })
  test('the exit code is the verdict on the budget', () => {
    expect(status).toBe({ within: 0, over: 1, unknown: 4 }[result.budget.outcome])
    expect(result.budget.outcome).toBe(result.unpriced.length === 0 ? 'within' : 'unknown')
  })
})

test(
  'over the budget it ends with 1 and says so, with files for those who read them later',
  () => {
    const out = join(folder, 'out')
    const file = changed('pop-up-stand', [[/^budget: .*$/m, 'budget: 0.10 USD']])
    const { status, stdout } = micropop(file, '--out', out)
    expect(status).toBe(1)
    expect(stdout).toContain('This is OVER the budget of $0.10')
    expect(readdirSync(out).sort()).toEqual([
      'forecast.csv',
      'forecast.html',
      'forecast.json',
      'forecast.txt',
    ])
    expect(readFileSync(join(out, 'forecast.txt'), 'utf8')).toBe(stdout)
    expect(readFileSync(join(out, 'forecast.csv'), 'utf8').split('\r\n')[0]).toMatch(/^status,venue,type/)
  },
  TIMEOUT_MS,
)

test(
  'in a region with holes in the price book the holes are named, and the budget is not known to hold',
  () => {
    const file = changed('pop-up-stand', [[/^( *)region: eu-west-1$/m, '$1region: sa-east-1']])
    const { status, stdout } = micropop(file)
    expect(status).toBe(4)
    expect(stdout).toMatch(/Not priced, and not in the total \(\d+\)/)
    expect(stdout.replaceAll(/\s+/g, ' ')).toContain('the price book has no fargate.x86.vcpu for sa-east-1')
  },
  TIMEOUT_MS,
)

test(
  'a mistake in the event ends with 2 and its place, before anything is written',
  () => {
    const out = join(folder, 'nothing')
    const file = changed('pop-up-stand', [[/attendees:/, 'attendes:']])
    const { status, stdout, stderr } = micropop(file, '--out', out)
    expect(status).toBe(2)
    expect(stdout).toBe('')
    expect(stderr).toMatch(/\.yaml:\d+:\d+: .*attendes/)
    expect(existsSync(out)).toBe(false)
  },
  TIMEOUT_MS,
)

test(
  'an approved forecast is kept, later ones are held against it, and a changed file is refused',
  () => {
    const ledger = join(folder, 'kept')
    const file = changed('pop-up-stand', [])
    const approved = micropop(file, '--ledger', ledger, '--approve', '--by', 'A. Person', '--runs', '50')
    expect(approved.stderr).toContain('Kept in ')
    const [name = ''] = readdirSync(ledger)
    expect(name).toMatch(/^[\w-]+-\d{8}T\d{6}Z-[0-9a-f]{12}\.forecast\.json$/)
    const again = micropop(file, '--ledger', ledger, '--runs', '0')
    expect(again.stdout.replaceAll(/\s+/g, ' ')).toMatch(
      /by A\. Person: \$[\d.]+, the same; the event file is the same, 0 lines differ/,
    )
    const kept = readFileSync(join(ledger, name), 'utf8')
    writeFileSync(join(ledger, name), kept.replace('A. Person', 'B. Person'))
    const refused = micropop(file, '--ledger', ledger, '--runs', '0')
    expect(refused.status).toBe(2)
    expect(refused.stderr).toContain('MP_LEDGER_TAMPERED')
  },
  3 * TIMEOUT_MS,
)

test(
  'a budget of the command line is judged in place of the event’s own',
  () => {
    const file = changed('pop-up-stand', [])
    expect(micropop(file, '--budget', '0.20 USD').status).toBe(1)
    expect(micropop(file, '--budget', '9000 USD').status).toBe(0)
    const refused = micropop(file, '--budget', '9000 EUR')
    expect(refused.status).toBe(2)
    expect(refused.stderr).toContain('is not in USD')
  },
  3 * TIMEOUT_MS,
)
