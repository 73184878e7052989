// How long `micropop forecast` takes from a cold start, against importing the Pulumi packages and nothing else; and with
// its interval of 500 possible bills.
//   node bench/forecast/run.ts [RUNS] [EVENT]
// The runs alternate, so that a machine that slows down slows both. "cold" is without Node's compile cache, which the
// command keeps between runs; "warm" is with it. Ends with 1 where a limit is passed.
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'

/** Of a forecast without an interval, to the imports of the packages that the event's program needs. */
const RATIO_MAX = 2
const INTERVAL_MAX_S = 10
const root = fileURLToPath(new URL('../..', import.meta.url))
const runs = Number(process.argv[2] ?? 7)
const event = process.argv[3] ?? 'scenarios/events/hybrid-conference-2000.yaml'
/** Within the budget, over it, or not known: each is a forecast that was made. */
const FORECAST_MADE = [0, 1, 4]

const importing = (...names: string[]) => [
  '--input-type=module',
  '-e',
  names.map((name) => `import '${name}'`).join(';'),
]
const plain = ['cli/micropop.mjs', 'forecast', event, '--runs', '0']
const interval = ['cli/micropop.mjs', 'forecast', event, '--runs', '500']
const SUBJECTS = {
  'import @pulumi/{pulumi,aws}': { args: importing('@pulumi/pulumi', '@pulumi/aws'), cold: true },
  'import @pulumi/{pulumi,aws,kubernetes}': {
    args: importing('@pulumi/pulumi', '@pulumi/aws', '@pulumi/kubernetes'),
    cold: true,
  },
  'forecast without an interval, cold': { args: plain, cold: true },
  'forecast without an interval, warm': { args: plain, cold: false },
  'forecast with 500 possible bills, cold': { args: interval, cold: true },
  'forecast with 500 possible bills, warm': { args: interval, cold: false },
}

function seconds({ args, cold }: (typeof SUBJECTS)[keyof typeof SUBJECTS]): number {
  const env = { ...process.env, ...(cold && { NODE_DISABLE_COMPILE_CACHE: '1' }) }
  const started = performance.now()
  const { status, stderr } = spawnSync(process.execPath, args, { cwd: root, env, encoding: 'utf8' })
  const took = (performance.now() - started) / 1000
  if (status === null || !FORECAST_MADE.includes(status)) throw new Error(`exit ${status}: ${stderr}`)
  return took
}

function quantile(sorted: number[], q: number): number {
  return sorted[Math.round(q * (sorted.length - 1))] ?? Number.NaN
}

const times = Object.entries(SUBJECTS).map(([name, subject]) => ({ name, subject, all: [] as number[] }))
// One run of each brings the files into the page cache and fills the compile cache.
for (const { subject } of times) seconds(subject)
for (let run = 0; run < runs; run++) for (const { subject, all } of times) all.push(seconds(subject))

const medians = times.map(({ name, all }) => {
  all.sort((a, b) => a - b)
  const median = quantile(all, 0.5)
  const spread = `${quantile(all, 0).toFixed(2)} to ${quantile(all, 1).toFixed(2)} s`
  process.stdout.write(`${name.padEnd(42)} ${median.toFixed(2)} s (${spread}, ${runs} runs)\n`)
  return median
})
const [alone = Number.NaN, all = Number.NaN, cold = Number.NaN, , bills = Number.NaN] = medians
const ratio = cold / all
const withinRatio = ratio <= RATIO_MAX
const withinTime = bills <= INTERVAL_MAX_S
process.stdout.write(
  `without an interval, cold: ${ratio.toFixed(2)} times the imports, ${said(withinRatio)} the limit of ${RATIO_MAX}; ` +
    `${(cold / alone).toFixed(2)} times those without Kubernetes\n` +
    `with 500 possible bills, cold: ${(bills / all).toFixed(2)} times, ${said(withinTime)} the limit of ${INTERVAL_MAX_S} s\n`,
)
if (!withinRatio || !withinTime) process.exitCode = 1

function said(within: boolean): string {
  return within ? 'within' : 'ABOVE'
}
