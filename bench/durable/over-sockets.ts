// Publishes acknowledged after they are on disk, over a socket, beside JetStream and Redis in one run.
//   node bench/durable/over-sockets.ts [--rounds N] [--seconds S]
// Rounds alternate between the servers; medians are printed. MICROPOP_BENCH_DIR names the disk to measure.
import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { parseArgs, promisify } from 'node:util'
import { median, row } from '../harness/samples.ts'
import { benchFolder, SUBJECTS } from './subjects.ts'

type Name = keyof typeof SUBJECTS

const { values } = parseArgs({
  options: { rounds: { type: 'string', default: '3' }, seconds: { type: 'string', default: '4' } },
})
const rounds = Number(values.rounds)
const seconds = Number(values.seconds)
const LOAD = fileURLToPath(new URL('load.ts', import.meta.url))
const IN_FLIGHT = [1, 64, 1_000] as const
/** At 64 and 1,000 in flight, ours is to be this many times the peer. */
const AT_LEAST: Partial<Record<Name, number>> = { jetStream: 10, redis: 1 }
const execute = promisify(execFile)

/** Acknowledgements a second; null where the server cannot run here. */
async function measure(name: Name, inFlight: number): Promise<number | null> {
  const { folder, remove } = await benchFolder()
  try {
    const running = await SUBJECTS[name].start(folder)
    if (running === null) return null
    try {
      const args = [LOAD, name, running.port, inFlight, seconds].map(String)
      const { stdout } = await execute(process.execPath, args, { timeout: (seconds + 60) * 1000 })
      return JSON.parse(stdout).perS
    } finally {
      await running.server.stop()
    }
  } finally {
    await remove()
  }
}

const names = Object.keys(SUBJECTS) as Name[]
const medians = new Map<string, number>()
for (const inFlight of IN_FLIGHT) {
  const all = new Map<Name, number[]>(names.map((name) => [name, []]))
  for (let round = 0; round < rounds; round++) {
    for (const name of names) {
      process.stderr.write(`${inFlight} in flight: round ${round + 1} of ${rounds}, ${SUBJECTS[name].name}\n`)
      const perS = await measure(name, inFlight)
      if (perS !== null) all.get(name)?.push(perS)
    }
  }
  for (const [name, list] of all) medians.set(`${name}/${inFlight}`, median(list))
}

process.stdout.write('\nAcknowledged on disk over a socket, 512 B each, publishes a second\n')
process.stdout.write(row(['in flight', ...IN_FLIGHT.map(String)]))
for (const name of names) {
  const cells = IN_FLIGHT.map((inFlight) => {
    const perS = medians.get(`${name}/${inFlight}`) ?? Number.NaN
    return Number.isNaN(perS) ? '–' : perS.toFixed(0)
  })
  process.stdout.write(row([SUBJECTS[name].name, ...cells]))
}
for (const name of names) {
  if (Number.isNaN(medians.get(`${name}/1`) ?? Number.NaN)) {
    process.stdout.write(`${SUBJECTS[name].name} is left out: ${SUBJECTS[name].missing}\n`)
    continue
  }
  const atLeast = AT_LEAST[name]
  if (atLeast === undefined) continue
  for (const inFlight of IN_FLIGHT) {
    const ratio =
      (medians.get(`micropop/${inFlight}`) as number) / (medians.get(`${name}/${inFlight}`) as number)
    const wanted = inFlight === 1 ? '' : ratio >= atLeast ? `, at least ${atLeast} ×` : `, BELOW ${atLeast} ×`
    if (inFlight > 1 && !(ratio >= atLeast)) process.exitCode = 1
    process.stdout.write(
      `micropop at ${inFlight} in flight: ${ratio.toFixed(2)} × ${SUBJECTS[name].name}${wanted}\n`,
    )
  }
}
