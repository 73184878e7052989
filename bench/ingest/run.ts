// How fast central takes the batches of many PoPs, against a plain multi-row insert of the same rows.
//   node bench/ingest/run.ts [RECORDS_PER_POP] [RUNS]
// Twenty PoPs send over real uplinks to a central on a PostgreSQL server of this run's own; the peer inserts the same
// rows over as many connections as central has, 1,000 a statement, into a table with the same columns and primary key
// and nothing else. The runs alternate. Every record must be there once, or the bench ends with 5.
import { once } from 'node:events'
import { pino } from 'pino'
import postgres from 'postgres'
import { WebSocket } from 'ws'
import { CENTRAL_LIMITS } from '../../runtime/central/limits.ts'
import { centralMetrics } from '../../runtime/central/metrics.ts'
import { openPostgres } from '../../runtime/central/postgres.ts'
import { migrate } from '../../runtime/central/schema.ts'
import { UplinkServer } from '../../runtime/central/server.ts'
import type { Store } from '../../runtime/central/store.ts'
import { findPostgres, startPostgres } from '../../runtime/central/testing/postgres-server.ts'
import { systemClock } from '../../runtime/pop/clock.ts'
import { UPLINK_SUBPROTOCOL, type UplinkRecord } from '../../runtime/protocol/uplink.ts'

const POPS = 20
const RECORDS_PER_POP = Number(process.argv[2] ?? 5_000)
const RUNS = Number(process.argv[3] ?? 5)
const BATCH_RECORDS = 100
/** Batches on their way a PoP: about the window of a PoP's uplink. */
const WINDOW_BATCHES = 8
const PEER_CONNECTIONS = 10
const PEER_ROWS = 1_000
const AT_MS = 1_795_000_000_000
const BODY = { text: 'x'.repeat(120), choice: 'b' }

const found = findPostgres()
if ('missing' in found) {
  process.stderr.write(`${found.missing}\n`)
  process.exit(3)
}
const server = await startPostgres(found.bin)
const url = await server.createDatabase()
const store = await openPostgres(url)
const sql = postgres(url, { max: PEER_CONNECTIONS, onnotice: () => {} })
try {
  await migrate(store)
  await sql`create table plain (
    event text collate "C", client text collate "C", lane text collate "C", seq bigint, ch text, body jsonb,
    at float8, path int, lane_seq bigint, off bigint, t float8, applied_at timestamptz,
    primary key (event, client, lane, seq)
  )`
  const rates = { central: [] as number[], plain: [] as number[] }
  for (let run = 0; run <= RUNS; run++) {
    const central = await throughCentral(store, `run-${run}`)
    const plain = await throughPlainInsert(`run-${run}`)
    // The first of each warms caches and compilers.
    if (run === 0) continue
    rates.central.push(central)
    rates.plain.push(plain)
  }
  const ours = median(rates.central)
  const peer = median(rates.plain)
  process.stdout.write(
    `${POPS} PoPs, ${POPS * RECORDS_PER_POP} records a run, ${RUNS} runs, all applied once\n` +
      `${line('micropop central', rates.central)}${line('plain multi-row insert', rates.plain)}` +
      `central takes ${(peer / ours).toFixed(2)} times as long as the plain insert\n`,
  )
} finally {
  await sql.end()
  await store.close()
  await server.stop()
}

function record(pop: number, n: number): UplinkRecord {
  return {
    client: `client-${pop}-${n % 50}`,
    seq: 1 + Math.floor(n / 50),
    ch: 'room.main',
    body: BODY,
    at: AT_MS + n,
    off: n + 1,
    t: AT_MS + n,
  }
}

/** Records a second, from the first batch sent to the last answer. */
async function throughCentral(store: Store, event: string): Promise<number> {
  const context = {
    store,
    metrics: centralMetrics(),
    limits: CENTRAL_LIMITS,
    clock: systemClock,
    logger: pino({ level: 'silent' }),
  }
  const uplinks = new UplinkServer(context, null)
  const port = await uplinks.listen(0, '127.0.0.1')
  const pops = await Promise.all(
    Array.from({ length: POPS }, async (_, pop) => {
      const socket = new WebSocket(`ws://127.0.0.1:${port}/uplink`, UPLINK_SUBPROTOCOL, {
        perMessageDeflate: false,
      })
      await once(socket, 'open')
      socket.send(JSON.stringify({ t: 'uplink', event, pop: `pop-${pop}`, log: `log-${pop}` }))
      await once(socket, 'message')
      return { socket, frames: framesOf(pop) }
    }),
  )
  const startMs = performance.now()
  await Promise.all(pops.map(({ socket, frames }) => sendAll(socket, frames)))
  const tookMs = performance.now() - startMs
  for (const { socket } of pops) socket.terminate()
  await uplinks.close()
  const [row] = await store.query<{ messages: number; applied: number }>(
    `select (select count(*)::int from micropop.messages where event = $1) as messages, sum(applied)::int as applied
     from micropop.watermarks where event = $1 and through = applied`,
    [event],
  )
  expectAll(row?.messages, row?.applied)
  return rate(tookMs)
}

function framesOf(pop: number): string[] {
  return Array.from({ length: Math.ceil(RECORDS_PER_POP / BATCH_RECORDS) }, (_, i) => {
    const first = i * BATCH_RECORDS
    const count = Math.min(BATCH_RECORDS, RECORDS_PER_POP - first)
    const records = Array.from({ length: count }, (_, j) => record(pop, first + j))
    return JSON.stringify({ t: 'batch', lane: 'interactive', first: first + 1, records })
  })
}

/** As a PoP does: so many batches ahead of the answers. */
function sendAll(socket: WebSocket, frames: readonly string[]): Promise<void> {
  return new Promise((resolve, reject) => {
    let sent = 0
    const pump = (applied: number) => {
      while (sent < frames.length && sent * BATCH_RECORDS < applied + WINDOW_BATCHES * BATCH_RECORDS) {
        socket.send(frames[sent++] as string)
      }
    }
    socket.on('message', (data) => {
      const answer = JSON.parse(data.toString())
      if (answer.t !== 'applied') reject(new Error(`central answered ${data}`))
      if (answer.through === RECORDS_PER_POP) resolve()
      pump(answer.through)
    })
    pump(0)
  })
}

async function throughPlainInsert(event: string): Promise<number> {
  const groups: object[][] = []
  for (let pop = 0; pop < POPS; pop++) {
    const rows = Array.from({ length: RECORDS_PER_POP }, (_, n) => {
      const { client, seq, ch, at, off = null, t = null } = record(pop, n)
      const place = { path: pop, lane_seq: n + 1, off, t, applied_at: new Date() }
      return { event, client, lane: 'interactive', seq, ch, body: BODY, at, ...place }
    })
    for (let first = 0; first < rows.length; first += PEER_ROWS)
      groups.push(rows.slice(first, first + PEER_ROWS))
  }
  const startMs = performance.now()
  await Promise.all(groups.map((rows) => sql`insert into plain ${sql(rows)}`))
  const tookMs = performance.now() - startMs
  const [row] = await sql`select count(*)::int as rows from plain where event = ${event}`
  expectAll(row?.rows)
  return rate(tookMs)
}

function expectAll(...counts: (number | undefined)[]): void {
  if (counts.every((count) => count === POPS * RECORDS_PER_POP)) return
  process.stderr.write(`${counts.join(', ')} rows instead of ${POPS * RECORDS_PER_POP}\n`)
  process.exitCode = 5
}

function rate(tookMs: number): number {
  return (POPS * RECORDS_PER_POP * 1_000) / tookMs
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN
}

function line(name: string, rates: readonly number[]): string {
  const spread = `${Math.round(Math.min(...rates))} to ${Math.round(Math.max(...rates))}`
  return `${name.padEnd(24)} ${String(Math.round(median(rates))).padStart(7)} records/s (${spread})\n`
}
