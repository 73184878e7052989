// The record of what a run started, and the sweep that ends what a dead run left behind.
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { bootId, commandLine, identify } from './proc-stat.ts'

const RECORD_FILE = 'processes.json'

const processSchema = z.object({
  name: z.string(),
  pid: z.int().positive(),
  startTicks: z.int().nonnegative(),
  /** Command and arguments as they were given. */
  argv: z.array(z.string()).min(1),
})

const recordSchema = z.object({
  version: z.literal(1),
  bootId: z.string(),
  owner: z.object({ pid: z.int().positive(), startTicks: z.int().nonnegative() }),
  children: z.array(processSchema),
})

type RecordHead = Pick<z.infer<typeof recordSchema>, 'bootId' | 'owner'>

export type RecordedProcess = z.infer<typeof processSchema>

/** Keeps a run's record on disk in step with what runs. On a system without /proc nothing can be proven: no record. */
export class RunRecord {
  readonly #folder: string
  readonly #head: RecordHead | null
  readonly #children: RecordedProcess[] = []
  #written: Promise<void> = Promise.resolve()

  private constructor(folder: string, head: RecordHead | null) {
    this.#folder = folder
    this.#head = head
  }

  /** Makes the folder and its record, owned by process `ownerPid`. */
  static async open(folder: string, ownerPid: number): Promise<RunRecord> {
    await mkdir(folder, { recursive: true })
    const [boot, owner] = await Promise.all([bootId(), identify(ownerPid)])
    const record = new RunRecord(folder, boot !== null && owner !== null ? { bootId: boot, owner } : null)
    await record.#write()
    return record
  }

  async add(name: string, pid: number, argv: string[]): Promise<void> {
    const identity = await identify(pid)
    if (identity === null) return
    this.#children.push({ name, ...identity, argv })
    await this.#write()
  }

  async #write(): Promise<void> {
    if (this.#head === null) return
    const text = JSON.stringify({ version: 1, ...this.#head, children: this.#children }, null, 2)
    const file = join(this.#folder, RECORD_FILE)
    this.#written = this.#written.then(async () => {
      await writeFile(`${file}.part`, text)
      await rename(`${file}.part`, file)
    })
    await this.#written
  }
}

/**
 * Kills the children of runs whose owner is dead and removes their folders. A process is killed only when pid,
 * start time, boot and command line all match what was recorded. Returns what was killed, for the reader.
 */
export async function sweepLeftovers(runsFolder: string): Promise<RecordedProcess[]> {
  const swept: RecordedProcess[] = []
  const boot = await bootId()
  for (const run of await foldersIn(runsFolder)) {
    const folder = join(runsFolder, run)
    const record = await readRecord(join(folder, RECORD_FILE))
    if (record === null) continue
    if (record.bootId === boot) {
      if (await lives(record.owner)) continue
      for (const child of record.children) if (await endIfOurs(child)) swept.push(child)
    }
    await rm(folder, { recursive: true, force: true })
  }
  return swept
}

async function lives({ pid, startTicks }: { pid: number; startTicks: number }): Promise<boolean> {
  return (await identify(pid))?.startTicks === startTicks
}

async function endIfOurs(child: RecordedProcess): Promise<boolean> {
  if (!(await lives(child))) return false
  // A wrapper such as setpriv may stand in front of the command until it has replaced itself.
  const running = (await commandLine(child.pid))?.slice(-child.argv.length)
  if (JSON.stringify(running) !== JSON.stringify(child.argv)) return false
  process.kill(child.pid, 'SIGKILL')
  return true
}

async function readRecord(file: string): Promise<z.infer<typeof recordSchema> | null> {
  let text: string
  try {
    text = await readFile(file, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null
    throw error
  }
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch {
    return null
  }
  const parsed = recordSchema.safeParse(json)
  return parsed.success ? parsed.data : null
}

async function foldersIn(folder: string): Promise<string[]> {
  try {
    const entries = await readdir(folder, { withFileTypes: true })
    return entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return []
    throw error
  }
}
