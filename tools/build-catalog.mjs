// Builds infra/catalog from a folder of price facts: which types exist where, their size and their CPU credits.
//   node tools/build-catalog.mjs FOLDER
// FOLDER holds ec2_on_demand.csv, rds_on_demand.csv, cpu_credits.csv, compute_benchmarks.csv and SOURCES.json.
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const folder = process.argv[2]
if (!folder) {
  process.stderr.write('usage: node tools/build-catalog.mjs FOLDER\n')
  process.exit(2)
}
const out = fileURLToPath(new URL('../infra/catalog/', import.meta.url))

/** Rows as objects keyed by the header. The facts have no quoted cells; one would stop the build. */
function readCsv(name) {
  const [header, ...lines] = readFileSync(join(folder, name), 'utf8').trimEnd().split(/\r?\n/)
  const keys = header.split(',')
  return lines.map((line, index) => {
    const cells = line.split(',')
    if (line.includes('"') || cells.length !== keys.length) {
      throw new Error(`${name}:${index + 2}: expected ${keys.length} plain cells`)
    }
    return Object.fromEntries(keys.map((key, i) => [key, cells[i]]))
  })
}

/** The one value that all sources agree on; empty where none says it. */
function agreed(what, values) {
  const said = [...new Set(values.filter((v) => v !== undefined && v !== ''))]
  if (said.length > 1) throw new Error(`sources disagree about ${what}: ${said.join(' and ')}`)
  return said[0] ?? ''
}

const SIZES = ['nano', 'micro', 'small', 'medium', 'large', 'xlarge']
/** Families by name, sizes by capacity: `t3.nano`, …, `t3.xlarge`, `t3.2xlarge`. */
function bySize(a, b) {
  const rank = (type) => {
    const size = type.split('.').at(-1)
    const times = /^(\d+)xlarge$/.exec(size)
    return times ? SIZES.length - 1 + Number(times[1]) : SIZES.indexOf(size)
  }
  const family = (type) => type.split('.').slice(0, -1).join('.')
  return family(a).localeCompare(family(b), 'en') || rank(a) - rank(b)
}

function regionsByType(rows, typeOf) {
  const map = new Map()
  for (const row of rows) {
    const type = typeOf(row)
    map.set(type, (map.get(type) ?? new Set()).add(row.region))
  }
  return map
}

function writeCsv(name, header, rows) {
  writeFileSync(join(out, name), `${[header, ...rows].map((cells) => cells.join(',')).join('\n')}\n`)
  process.stdout.write(`infra/catalog/${name}: ${rows.length} rows\n`)
}

const used = new Set()
const note = (row) => {
  if (row) used.add(row.source_id)
  return row?.source_id
}

const onDemand = readCsv('ec2_on_demand.csv')
const credits = new Map(readCsv('cpu_credits.csv').map((row) => [row.instance_type, row]))
const benchmarks = new Map(readCsv('compute_benchmarks.csv').map((row) => [row.instance_type, row]))
const offered = regionsByType(onDemand, (row) => row.instance_type)
const offerSource = agreed('the source of EC2 offers', onDemand.map(note))

writeCsv(
  'instance-types.csv',
  [
    'instance_type',
    'vcpus',
    'memory_mib',
    'baseline_pct_per_vcpu',
    'credits_per_hour',
    'max_credits',
    'coremark_per_s',
    'regions',
    'sources',
  ],
  [...offered.keys()].sort(bySize).map((type) => {
    const credit = credits.get(type)
    const bench = benchmarks.get(type)
    return [
      type,
      agreed(`the vCPUs of ${type}`, [credit?.vcpus, bench?.threads]),
      bench?.memory_mb ?? '',
      credit?.baseline_pct_per_vcpu ?? '',
      credit?.credits_earned_per_hour ?? '',
      credit?.max_accrued_credits ?? '',
      bench ? Math.round(Number(bench.coremark_iter_per_s)) : '',
      [...offered.get(type)].sort().join(' '),
      [offerSource, note(credit), note(bench)].filter(Boolean).join(' '),
    ]
  }),
)

const databases = readCsv('rds_on_demand.csv').filter((row) => row.engine === 'PostgreSQL')
const databaseSource = agreed('the source of database offers', databases.map(note))
// Usage types shorten `xlarge` to `xl` for some families; the API's names do not.
const classes = regionsByType(databases, (row) => row.class_as_in_usage_type.replace(/xl$/, 'xlarge'))
writeCsv(
  'database-classes.csv',
  ['instance_class', 'regions', 'sources'],
  [...classes.keys()]
    .sort(bySize)
    .map((name) => [name, [...classes.get(name)].sort().join(' '), databaseSource]),
)

const TAKEN = {
  costwatch: 'which types and classes have an on-demand price in which region',
  awsdocs: 'vCPUs, baseline and CPU credits of burstable types',
  vantage_bench: 'vCPUs (threads), memory and CoreMark as a running machine reported them',
}
const sources = JSON.parse(readFileSync(join(folder, 'SOURCES.json'), 'utf8'))
const say = (id) => {
  const source = sources[id]
  if (!source || !TAKEN[id]) throw new Error(`say in TAKEN and in SOURCES.json what ${id} is`)
  return `- **${id}**: ${TAKEN[id]}.
  - from ${source.repo} @ ${source.commit ?? source.version}, ${source.path}
${source.upstream ? `  - which is an extract of the ${source.upstream}\n` : ''}  - dated ${source.upstream_publication_date ?? source.date}; licence: ${source.licence}`
}
writeFileSync(
  join(out, 'SOURCES.md'),
  `# Where the catalogue comes from

Written by \`tools/build-catalog.mjs\`; do not edit. An empty cell means that no source says it.

- \`instance-types.csv\`: EC2 types with a Linux on-demand price, and the regions that price them. \`memory_mib\` is
  what the operating system sees, less than the advertised size. Baseline and credits are there for burstable
  types only. \`coremark_per_s\` is iterations of CoreMark a second with a thread on every vCPU at once, December 2025; how
  many credits the T types had then is not known.
- \`calibration-machines.csv\`: CoreMark of machines that a calibration of the project was made on, for calibrations that
  do not state their own. Written by hand. The default calibration states its own: 32690, CoreMark
  d5fad6bd094899101a4e5fd53af7298160ced6ab, gcc 12.2.0 -O2, one thread, 300000 iterations in 9.178 s of user time on
  2026-11-30; another machine that gave its processor's name as \`AMD EPYC\` had 20893.
- \`disks.csv\`: what a durable write takes, and where it was published: \`DISKS.md\`. Written by hand.
- \`database-classes.csv\`: RDS classes with a PostgreSQL price.
- \`instance-stores.csv\`: NVMe volumes that come with a type: how many, and GB of each. Written by hand from the sections
  "Instance store specifications" of AWS's guide "Amazon EC2: Instance Types" (2024; copy at jihoo529/ragstone @
  fc702f1e896befe8ad362282056088c43c3186ef, backend/data/AWS/ec2-types.md).

## Sources

${[...used].sort().map(say).join('\n')}
`,
)
