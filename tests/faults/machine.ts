// A machine of the venue: a disk that outlives processes, a clock on the wall, and one process's view of the disk.
import type { Term } from '../../runtime/pop/term.ts'
import type { Disk, DiskFile } from '../../runtime/queue/disk.ts'
import { ModelledDisk } from '../../runtime/queue/testing/modelled-disk.ts'
import type { EventQueue } from './event-queue.ts'

const START_T_MS = 1_700_000_000_000
/** What a disk takes for an operation. */
const DISK_MS = { least: 0.1, most: 2 }

export class Machine {
  readonly disk = new ModelledDisk()
  readonly #queue: EventQueue
  readonly #random: () => number
  #wallOffsetMs = START_T_MS
  /** How much slower than usual its disk is. */
  slowness = 1
  /** Of the log here, as its file in the data folder says. */
  term: Term = { term: 1 }
  destroyed = false

  constructor(queue: EventQueue, random: () => number) {
    this.#queue = queue
    this.#random = random
  }

  get wallMs(): number {
    return this.#wallOffsetMs + Math.floor(this.#queue.nowMs)
  }

  stepClock(byMs: number): void {
    this.#wallOffsetMs += byMs
  }

  /** For one process. */
  open(): ProcessDisk {
    return new ProcessDisk(this.disk, this.#queue, this.#random, () => {
      const { least, most } = DISK_MS
      return (least + this.#random() * (most - least)) * this.slowness
    })
  }
}

interface Operation {
  act: () => Promise<unknown>
}

/** Never settles: who waits for it is gone. */
const NEVER = new Promise<never>(() => {})

/** What one process does to a disk, each operation after the time that it takes, until the process is dead. */
export class ProcessDisk implements Disk {
  readonly #disk: ModelledDisk
  readonly #queue: EventQueue
  readonly #random: () => number
  readonly #tookMs: () => number
  /** Under way, oldest first. */
  readonly #underWay = new Set<Operation>()
  #dead = false

  constructor(disk: ModelledDisk, queue: EventQueue, random: () => number, tookMs: () => number) {
    this.#disk = disk
    this.#queue = queue
    this.#random = random
    this.#tookMs = tookMs
  }

  list(): Promise<string[]> {
    return this.#now(() => this.#disk.list())
  }

  create(name: string): Promise<DiskFile> {
    return this.#later(async () => this.#file(await this.#disk.create(name)))
  }

  open(name: string): Promise<DiskFile> {
    return this.#now(async () => this.#file(await this.#disk.open(name)))
  }

  remove(name: string): Promise<void> {
    return this.#later(() => this.#disk.remove(name))
  }

  rename(from: string, to: string): Promise<void> {
    return this.#later(() => this.#disk.rename(from, to))
  }

  /** The process is gone. What it had begun has happened or not, and is written but not synced. */
  async die(): Promise<void> {
    this.#dead = true
    const operations = [...this.#underWay]
    this.#underWay.clear()
    for (const { act } of operations) {
      if (this.#random() < 0.5) continue
      const { lies } = this.#disk
      this.#disk.lies = true
      // Nobody is left to be told of an error.
      await act().catch((error: Error) => error)
      this.#disk.lies = lies
    }
  }

  #file(file: DiskFile): DiskFile {
    return {
      name: file.name,
      get size() {
        return file.size
      },
      read: (offset, length) => this.#now(() => file.read(offset, length)),
      write: (bytes, at) => this.#later(() => file.write(bytes, at)),
      allocate: (size) => this.#later(() => file.allocate(size)),
      sync: () => this.#later(() => file.sync()),
      truncate: (size) => this.#later(() => file.truncate(size)),
      close: () => this.#now(() => file.close()),
    }
  }

  #now<T>(act: () => Promise<T>): Promise<T> {
    return this.#dead ? NEVER : act()
  }

  #later<T>(act: () => Promise<T>): Promise<T> {
    if (this.#dead) return NEVER
    return new Promise<T>((resolve, reject) => {
      const operation = { act }
      this.#underWay.add(operation)
      this.#queue.after(this.#tookMs(), () => {
        if (this.#underWay.delete(operation)) act().then(resolve, reject)
      })
    })
  }
}
