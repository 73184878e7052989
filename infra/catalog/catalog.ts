// The catalogue: which machine types exist, how big they are, and in which regions they can be bought.
import { readFileSync } from 'node:fs'
import type { DiskKind } from '../event/event.ts'

export interface Burst {
  /** Share of one vCPU, in percent, that can be used for ever without spending credits. */
  baselinePctPerVcpu: number
  /** CPU credits earned in an hour; a credit is one vCPU at 100 % for a minute. */
  creditsPerHour: number
  maxCredits: number
}

export interface InstanceType {
  name: string
  /** null: no source says it. */
  vcpus: number | null
  /** What the operating system sees, MiB; null: no source says it. */
  memoryMib: number | null
  /** null: not a burstable type. */
  burst: Burst | null
  /** Bytes of one of its NVMe volumes; null: it has none, or no source says it. */
  instanceStoreBytes: number | null
  /** Iterations of CoreMark a second with a thread on every vCPU; null: no source says it. */
  coremarkPerS: number | null
  /** Regions with an on-demand price. */
  regions: readonly string[]
  /** Ids explained in SOURCES.md. */
  sources: readonly string[]
}

export interface DatabaseClass {
  name: string
  /** Regions with an on-demand price for PostgreSQL. */
  regions: readonly string[]
}

/** What one durable write of a few KB takes on a kind of disk, as it was published. */
export interface DiskTimes {
  /** Quantiles, ms; not falling. */
  writeMs: readonly { p: number; ms: number }[]
  /** What larger writes go at; null: no source says it. */
  bytesPerS: number | null
  /** Id explained in SOURCES.md. */
  source: string
}

export interface Catalog {
  /** By name, e.g. `t3.medium`. */
  instanceTypes: ReadonlyMap<string, InstanceType>
  /** By name, e.g. `db.t4g.medium`. */
  databaseClasses: ReadonlyMap<string, DatabaseClass>
  /** CoreMark iterations a second of one core of a machine that calibrations were made on, by its processor's name. */
  calibrationMachines: ReadonlyMap<string, number>
  disks: ReadonlyMap<DiskKind, DiskTimes>
  /** Every region that prices at least one instance type, in alphabetical order. */
  regions(): readonly string[]
}

let loaded: Catalog | undefined

export const ARCHITECTURES = ['arm64', 'x86_64'] as const
export type Architecture = (typeof ARCHITECTURES)[number]

/** Graviton families carry a `g` after the generation: t4g, m7g, c7gn. */
export function architectureOf(instanceType: string): Architecture {
  return /^[a-z]+\d+g/.test(instanceType) ? 'arm64' : 'x86_64'
}

/** Reads the catalogue that is shipped with the project, once per process. */
export function loadCatalog(): Catalog {
  loaded ??= build(
    readFileSync(new URL('./instance-types.csv', import.meta.url), 'utf8'),
    readFileSync(new URL('./database-classes.csv', import.meta.url), 'utf8'),
    readFileSync(new URL('./instance-stores.csv', import.meta.url), 'utf8'),
    readFileSync(new URL('./calibration-machines.csv', import.meta.url), 'utf8'),
    readFileSync(new URL('./disks.csv', import.meta.url), 'utf8'),
  )
  return loaded
}

function build(
  instanceCsv: string,
  databaseCsv: string,
  storeCsv: string,
  machinesCsv: string,
  disksCsv: string,
): Catalog {
  const stores = new Map(rows(storeCsv).map((row) => [row.instance_type, Number(row.gb_each) * 1e9]))
  const instanceTypes = new Map(
    rows(instanceCsv).map((row) => [
      row.instance_type ?? '',
      instanceType(row, stores.get(row.instance_type) ?? null),
    ]),
  )
  const databaseClasses = new Map(
    rows(databaseCsv).map((row) => {
      const name = row.instance_class ?? ''
      return [name, { name, regions: words(row.regions) }]
    }),
  )
  const calibrationMachines = new Map(
    rows(machinesCsv).map((row) => [row.cpu ?? '', Number(row.coremark_per_core_s)]),
  )
  const disks = new Map(rows(disksCsv).map((row) => [row.disk as DiskKind, diskTimes(row)]))
  const regions = [...new Set([...instanceTypes.values()].flatMap((type) => type.regions))].sort()
  return { instanceTypes, databaseClasses, calibrationMachines, disks, regions: () => regions }
}

function instanceType(row: Record<string, string>, instanceStoreBytes: number | null): InstanceType {
  const baselinePctPerVcpu = number(row.baseline_pct_per_vcpu)
  const creditsPerHour = number(row.credits_per_hour)
  const maxCredits = number(row.max_credits)
  const burst =
    baselinePctPerVcpu === null || creditsPerHour === null || maxCredits === null
      ? null
      : { baselinePctPerVcpu, creditsPerHour, maxCredits }
  return {
    name: row.instance_type ?? '',
    vcpus: number(row.vcpus),
    memoryMib: number(row.memory_mib),
    burst,
    instanceStoreBytes,
    coremarkPerS: number(row.coremark_per_s),
    regions: words(row.regions),
    sources: words(row.sources),
  }
}

const DISK_COLUMNS = { min: 0, p50: 0.5, p95: 0.95, p99: 0.99, p999: 0.999, max: 1 }

function diskTimes(row: Record<string, string>): DiskTimes {
  const writeMs = Object.entries(DISK_COLUMNS).map(([name, p]) => ({ p, ms: Number(row[`${name}_ms`]) }))
  return { writeMs, bytesPerS: number(row.bytes_per_s), source: row.source ?? '' }
}

/** The catalogue's files hold plain cells: no quotes, no commas inside. */
function rows(csv: string): Record<string, string>[] {
  const [header = '', ...lines] = csv.trimEnd().split('\n')
  const keys = header.split(',')
  return lines.map((line) => {
    const cells = line.split(',')
    return Object.fromEntries(keys.map((key, i) => [key, cells[i] ?? '']))
  })
}

function number(cell: string | undefined): number | null {
  return cell ? Number(cell) : null
}

function words(cell: string | undefined): string[] {
  return cell ? cell.split(' ') : []
}
