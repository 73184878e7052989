// How long `micropop forecast` takes from a cold start, against importing the Pulumi packages and nothing else.
//   node bench/forecast/run.ts [RUNS] [EVENT]
// The runs alternate, so that a machine that slows down slows both. "cold" is without Node's compile cache, which the
// command keeps between runs; "warm" is with it. Ends with 1 where cold is above the limit.
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'

const RATIO_MAX = 2
const root = fileURLToPath(new URL('../..', import.meta.url))
const runs = Number(process.argv[2] ?? 7)
const event = process.argv[3] ?? 'scenarios/events/hybrid-conference-2000.yaml'
/** Within the budget, over it, or not known: each is a forecast that was made. */
const FORECAST_MADE = [0, 1, 4]

const imports = ['@pulumi/pulumi', '@pulumi/aws', '@pulumi/kubernetes']
  .map((name) => `import '${name}'`)
  .join(';')
const forecast = ['cli/micropop.mjs', 'forecast', event]
const SUBJECTS = {
  'import @pulumi/{pulumi,aws,kubernetes}': { args: ['--input-type=module', '-e', imports], cold: true },
  'micropop forecast, cold': { args: forecast, cold: true },
  'micropop forecast, warm': { args: forecast, cold: false },
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
const [alone = Number.NaN, cold = Number.NaN, warm = Number.NaN] = medians
const verdict = cold / alone <= RATIO_MAX ? 'within' : 'ABOVE'
process.stdout.write(
  `cold ${(cold / alone).toFixed(2)} times the imports alone, ${verdict} the limit of ${RATIO_MAX}; ` +
    `warm ${(warm / alone).toFixed(2)} times\n`,
)
if (!(cold / alone <= RATIO_MAX)) process.exitCode = 1
