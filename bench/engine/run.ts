// The engine beside its peers: the same two queues, M/M/8 at 90 % and five M/M/1 in tandem at 80 %, and what an event
// costs while many wait.
//   bench/engine/install.sh && node bench/engine/run.ts [--rounds N] [--customers N]
// Rounds alternate between the subjects, so that a machine that slows down slows all. Processor time of the simulation
// alone is compared, without the start of the program: on a shared machine wall time says more of the others.
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { median, row } from '../harness/samples.ts'

const { values } = parseArgs({
  options: { rounds: { type: 'string', default: '3' }, customers: { type: 'string', default: '1000000' } },
})
const rounds = Number(values.rounds)
const customers = Number(values.customers)
const peers = fileURLToPath(new URL('../../.tools/bench-engine', import.meta.url))
const here = (name: string) => fileURLToPath(new URL(name, import.meta.url))
const python = join(peers, 'venv', 'bin', 'python')

interface Subject {
  name: string
  command: string[]
  /** Of the customers: the slow ones need not be measured for as long. */
  share: number
}

const SUBJECTS: Record<string, Subject> = {
  engine: { name: 'micropop engine', command: [process.execPath, here('queues.ts'), 'engine'], share: 1 },
  bare: { name: 'typed arrays by hand', command: [process.execPath, here('queues.ts'), 'bare'], share: 1 },
  simpy: { name: 'SimPy 4.1.2', command: [python, here('peers/simpy_queue.py')], share: 0.05 },
  salabim: { name: 'salabim 26.0.9', command: [python, here('peers/salabim_queue.py')], share: 0.02 },
  simgrid: { name: 'SimGrid 3.32 (C++)', command: [join(peers, 'simgrid')], share: 0.1 },
  cpp: { name: 'std::priority_queue by hand (C++)', command: [join(peers, 'priority-queue')], share: 1 },
}
/** Mean times in the system, in mean services: Erlang C; Jackson, five times M/M/1. */
const EXPECTED = { mm8: 1.702, tandem: 25 }
const SPREAD = 0.25

function call(command: readonly string[], args: readonly (string | number)[]): Record<string, number> {
  const [program = '', ...first] = command
  const { stdout, stderr, status } = spawnSync(program, [...first, ...args.map(String)], { encoding: 'utf8' })
  if (status !== 0) throw new Error(`${program} ${args.join(' ')}: ${stderr}`)
  return JSON.parse(stdout)
}

const known = Object.entries(SUBJECTS).filter(([, { name, command }]) => {
  const isThere = existsSync(command[0] as string)
  if (!isThere) process.stdout.write(`${name} is left out: bench/engine/install.sh brings it\n`)
  return isThere
})
const missed: string[] = []
function judge(what: string, ratio: number, wanted: string, isMet: boolean): void {
  process.stdout.write(`${what}: ${ratio.toFixed(2)} ×, ${isMet ? 'as' : 'NOT as'} wanted: ${wanted}\n`)
  if (!isMet) missed.push(what)
}

for (const scene of ['mm8', 'tandem'] as const) {
  const ns = new Map<string, number[]>(known.map(([id]) => [id, []]))
  for (let round = 0; round < rounds; round++) {
    for (const [id, { name, command, share }] of known) {
      process.stderr.write(`${scene}: round ${round + 1} of ${rounds}, ${name}\n`)
      const count = Math.round(customers * share)
      const { cpuS = 0, mean = 0 } = call(command, [scene, count])
      if (Math.abs(mean / EXPECTED[scene] - 1) > SPREAD)
        throw new Error(`${name} has a mean of ${mean} in ${scene}`)
      ns.get(id)?.push((cpuS * 1e9) / count)
    }
  }
  const of = (id: string) => median(ns.get(id) ?? [])
  process.stdout.write(
    `\n${scene}, ${customers} customers\n${row(['', 'ns a customer', 'engine is', 'spread'], 16)}`,
  )
  for (const [id, { name }] of known) {
    const all = ns.get(id) as number[]
    const spread = `${Math.min(...all).toFixed(0)}–${Math.max(...all).toFixed(0)}`
    process.stdout.write(
      row([name, of(id).toFixed(0), `${(of(id) / of('engine')).toFixed(2)} ×`, spread], 16),
    )
  }
  const ahead = (id: string) => of(id) / of('engine')
  judge(`${scene}: speed beside typed arrays by hand`, ahead('bare'), '≥ 0.6', ahead('bare') >= 0.6)
  if (ns.has('simpy')) judge(`${scene}: against SimPy`, ahead('simpy'), '≥ 30', ahead('simpy') >= 30)
  if (ns.has('salabim')) judge(`${scene}: against salabim`, ahead('salabim'), '≥ 1', ahead('salabim') >= 1)
}

const PENDING = [10_000, 100_000, 1_000_000]
const perEvent = new Map<number, number[]>(PENDING.map((pending) => [pending, []]))
for (let round = 0; round < rounds; round++) {
  for (const pending of PENDING) {
    const { ns = 0 } = call(SUBJECTS.engine?.command.slice(0, 2) ?? [], ['hold', pending, 2_000_000])
    perEvent.get(pending)?.push(ns)
  }
}
process.stdout.write(`\n${row(['pending', ...PENDING.map(String)])}`)
const held = PENDING.map((pending) => median(perEvent.get(pending) ?? []))
process.stdout.write(row(['ns an event', ...held.map((ns) => ns.toFixed(0))]))
const growth = (held.at(-1) as number) / (held[0] as number)
judge('growth from 10,000 pending to 1,000,000', growth, '≤ 5', growth <= 5)
if (missed.length > 0) {
  process.stdout.write(`\nmissed: ${missed.join('; ')}\n`)
  process.exitCode = 1
}
