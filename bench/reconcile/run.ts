// A bill of five million lines reconciled: time and peak memory, beside DuckDB alone counting and summing the same file.
//
//   node bench/reconcile/run.ts [lines]
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createWriteStream, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { availableParallelism, loadavg, tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { fileURLToPath } from 'node:url'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const EVENT = join(ROOT, 'scenarios', 'events', 'hybrid-conference-2000.yaml')
const COLUMNS =
  'BilledCost,EffectiveCost,BillingCurrency,ChargeCategory,ChargeClass,ChargePeriodStart,ChargePeriodEnd,PricingQuantity,PricingUnit,ServiceName,x_UsageType,RegionId,ResourceId,SubAccountId,Tags'
const START_MS = Date.parse('2026-12-01T00:00:00Z')
const HOUR_MS = 3_600_000
const POLL_MS = 20
const BLOCK = 2_000

/** A month by the hour; one line in fifty is the event's. */
function line(i: number): string {
  const start = START_MS + (i % 744) * HOUR_MS
  const at = (ms: number) => `${new Date(ms).toISOString().slice(0, 19)}Z`
  const event = i % 50 === 0 ? 'hybrid-conference-2000' : `other-${i % 7}`
  const tags = `"{""micropop:event"":""${event}"",""micropop:venue"":""remote""}"`
  return `0.0912,0.0912,USD,Usage,,${at(start)},${at(start + HOUR_MS)},1,Hours,Amazon Elastic Compute Cloud,EU-BoxUsage:t3.large,eu-west-1,i-${i},111122223333,${i % 10 === 1 ? '' : tags}\n`
}

function* blocks(lines: number): Generator<string> {
  yield `${COLUMNS}\n`
  for (let at = 0; at < lines; at += BLOCK) {
    yield Array.from({ length: Math.min(BLOCK, lines - at) }, (_, i) => line(at + i)).join('')
  }
}

interface Measured {
  seconds: number
  peakMb: number
  code: number | null
}

async function measured(args: string[]): Promise<Measured> {
  const startedMs = performance.now()
  const child = spawn(process.execPath, args, { cwd: ROOT, stdio: ['ignore', 'ignore', 'inherit'] })
  let peakMb = 0
  const timer = setInterval(() => {
    const status = readFileSync(`/proc/${child.pid}/status`, 'utf8')
    peakMb = Math.max(peakMb, Number(/VmHWM:\s+(\d+)/.exec(status)?.[1] ?? 0) / 1024)
  }, POLL_MS)
  const [code] = (await once(child, 'exit').finally(() => clearInterval(timer))) as [number | null]
  return { seconds: (performance.now() - startedMs) / 1000, peakMb, code }
}

const lines = Number(process.argv[2] ?? 5_000_000)
const folder = mkdtempSync(join(tmpdir(), 'micropop-bench-bill-'))
try {
  const file = join(folder, 'bill.csv')
  await pipeline(Readable.from(blocks(lines)), createWriteStream(file))
  const alone = `import { DuckDBInstance } from '@duckdb/node-api'
    const instance = await DuckDBInstance.create(':memory:', { memory_limit: '500MB', threads: '2' })
    const connection = await instance.connect()
    await connection.run("SELECT count(*), sum(EffectiveCost::DECIMAL(38,12)) FROM read_csv('${file}', all_varchar = true)")`
  const duckdb = await measured(['--input-type=module', '-e', alone])
  const ours = await measured(['cli/main.ts', 'reconcile', EVENT, '--bill', file])
  const ratio = ours.seconds / duckdb.seconds
  console.log(
    JSON.stringify({ lines, cores: availableParallelism(), load: loadavg()[0], duckdb, ours, ratio }),
  )
} finally {
  rmSync(folder, { recursive: true, force: true })
}
