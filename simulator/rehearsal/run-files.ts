// A measured run on disk: writing its files, and reading them back line by line.
import { createReadStream } from 'node:fs'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { ExportedWatermark } from '../../runtime/central/export.ts'
import { InvalidInput } from '../../runtime/errors.ts'
import type { DrawnPlan } from '../workload/run-plan.ts'
import type { ExportedWithBody } from './conservation.ts'
import type { QueueSample, RawLine } from './raw-lines.ts'
import { FACTS_VERSION, type RunFacts } from './run-facts.ts'

/** Where measurements lie in a run's folder. */
export const RUN_FILES = {
  plan: 'plan.json',
  facts: 'facts.json',
  attendees: 'attendees.ndjson',
  queue: 'queue.ndjson',
  central: 'central.ndjson',
  watermarks: 'watermarks.json',
  result: 'result.json',
} as const

/** Everything a run left behind. The iterables read from the start each time they are asked for. */
export interface MeasuredRun {
  plan: DrawnPlan
  facts: RunFacts
  attendees: () => AsyncIterable<RawLine>
  queue: () => AsyncIterable<QueueSample>
  central: () => AsyncIterable<ExportedWithBody>
  /** Central's counts of what it applied. */
  watermarks: () => Promise<ExportedWatermark[]>
}

/** Error: MP_RUN_UNREADABLE. */
export async function readRun(folder: string): Promise<MeasuredRun> {
  const [plan, facts] = await Promise.all([
    readJson(folder, RUN_FILES.plan),
    readJson(folder, RUN_FILES.facts),
  ])
  if ((facts as RunFacts).version !== FACTS_VERSION) {
    throw unreadable('was written by another version of micropop', join(folder, RUN_FILES.facts))
  }
  const lines =
    <T>(name: string) =>
    () =>
      readLines<T>(join(folder, name))
  return {
    plan: plan as DrawnPlan,
    facts: facts as RunFacts,
    attendees: lines<RawLine>(RUN_FILES.attendees),
    queue: lines<QueueSample>(RUN_FILES.queue),
    central: lines<ExportedWithBody>(RUN_FILES.central),
    watermarks: async () => (await readJson(folder, RUN_FILES.watermarks)) as ExportedWatermark[],
  }
}

export async function writeJson(folder: string, name: string, value: unknown): Promise<void> {
  await writeFile(join(folder, name), `${JSON.stringify(value, null, 2)}\n`)
}

/** One JSON value a line. Error: MP_RUN_UNREADABLE with the line that is not JSON. */
export async function* readLines<T>(file: string): AsyncGenerator<T> {
  let line = 0
  for await (const text of createInterface({
    input: createReadStream(file),
    crlfDelay: Number.POSITIVE_INFINITY,
  })) {
    line++
    if (text === '') continue
    let value: T
    try {
      value = JSON.parse(text)
    } catch {
      throw unreadable(`is not JSON: ${text.slice(0, 60)}`, file, line)
    }
    yield value
  }
}

async function readJson(folder: string, name: string): Promise<unknown> {
  const file = join(folder, name)
  try {
    return JSON.parse(await readFile(file, 'utf8'))
  } catch (error) {
    throw unreadable((error as Error).message, file)
  }
}

function unreadable(message: string, file: string, line?: number): InvalidInput {
  const remedy = 'Give the folder of a finished rehearsal, as `micropop rehearse` names it at its end.'
  return new InvalidInput('MP_RUN_UNREADABLE', message, remedy, { file, ...(line !== undefined && { line }) })
}
