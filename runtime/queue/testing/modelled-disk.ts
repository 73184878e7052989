// A disk in memory that forgets what a real one may forget: a power cut loses, tears or garbles what was not synced.
//
// Each file is what is durable plus the writes since its last sync, in order. A power cut keeps some first part of
// those writes, the last of them perhaps torn, and perhaps with a garbled tail (a file system may lengthen a file
// before its bytes arrive). After a failed sync the bytes it covered may be gone even if a later sync succeeds.
import { pick } from '../../testing/seeded-random.ts'
import type { Disk, DiskFile } from '../disk.ts'

/** The power is off: nothing on this disk answers until `crash` turns it on again. */
export class PowerCut extends Error {}

type Write = { append: Uint8Array } | { truncate: number }

interface StoredFile {
  durable: Uint8Array
  unsynced: Write[]
  /** What the running system reads: durable and unsynced together. */
  seen: Uint8Array
  /** Byte ranges that a failed sync covered: lost or kept when the power goes. */
  doubtful: { from: number; to: number }[]
}

export interface ModelledDiskOptions {
  /** Bytes that all files may hold together. */
  capacityBytes?: number
}

export class ModelledDisk implements Disk {
  capacityBytes: number
  /** Operations that changed or synced something, since the disk was made. */
  operations = 0
  /** The power goes in the middle of this operation, counted as `operations` is. */
  powerCutAt = Number.POSITIVE_INFINITY
  /** The next sync throws this. */
  failNextSync: Error | null = null
  /** Syncs return without having synced: a disk that lies. */
  lies = false
  readonly #files = new Map<string, StoredFile>()
  #off = false

  constructor({ capacityBytes = Number.POSITIVE_INFINITY }: ModelledDiskOptions = {}) {
    this.capacityBytes = capacityBytes
  }

  get off(): boolean {
    return this.#off
  }

  get usedBytes(): number {
    let used = 0
    for (const { seen } of this.#files.values()) used += seen.length
    return used
  }

  async list(): Promise<string[]> {
    this.#powered()
    return [...this.#files.keys()].sort()
  }

  async create(name: string): Promise<DiskFile> {
    this.#powered()
    if (this.#files.has(name)) throw errno('EEXIST', `${name} exists`)
    if (this.usedBytes >= this.capacityBytes) throw errno('ENOSPC', 'no space left on device')
    this.#files.set(name, { durable: new Uint8Array(), unsynced: [], seen: new Uint8Array(), doubtful: [] })
    this.#count()
    return this.#handle(name)
  }

  async open(name: string): Promise<DiskFile> {
    this.#powered()
    this.#stored(name)
    return this.#handle(name)
  }

  async remove(name: string): Promise<void> {
    this.#powered()
    this.#stored(name)
    this.#count()
    this.#files.delete(name)
  }

  /** Cuts the power and turns it on again: what was not synced is lost in part, as `random` chooses. */
  crash(random: () => number): void {
    for (const file of this.#files.values()) {
      for (const { from, to } of file.doubtful) {
        if (random() < 0.5) file.durable = garbled(file.durable, from, to)
      }
      const kept = pick(random, file.unsynced.length + 1)
      let content = file.durable
      for (const write of file.unsynced.slice(0, kept)) content = applied(content, write)
      const torn = file.unsynced[kept]
      if (torn && 'append' in torn) content = tear(content, torn.append, random)
      file.durable = content
      file.seen = content
      file.unsynced = []
      file.doubtful = []
    }
    this.#off = false
    this.powerCutAt = Number.POSITIVE_INFINITY
    this.failNextSync = null
  }

  /** What a file holds now, to damage or to compare. */
  content(name: string): Uint8Array {
    return this.#stored(name).seen
  }

  /** Changes a byte that was synced, as a failing medium does. */
  damage(name: string, at: number): void {
    const file = this.#stored(name)
    file.durable = file.durable.slice()
    file.durable[at] = (file.durable[at] as number) ^ 0xff
    file.seen = file.unsynced.reduce(applied, file.durable)
  }

  #handle(name: string): DiskFile {
    const stored = () => this.#stored(name)
    return {
      name,
      get size() {
        return stored().seen.length
      },
      append: async (bytes) => {
        this.#powered()
        const room = Math.max(0, this.capacityBytes - this.usedBytes)
        const fits = bytes.slice(0, room)
        write(stored(), { append: fits })
        this.#count()
        if (fits.length < bytes.length) throw errno('ENOSPC', 'no space left on device')
      },
      sync: async () => {
        this.#powered()
        this.#count()
        this.#sync(stored())
      },
      read: async (offset, length) => {
        this.#powered()
        return stored().seen.slice(offset, offset + length)
      },
      truncate: async (size) => {
        this.#powered()
        write(stored(), { truncate: size })
        this.#count()
      },
      close: async () => {},
    }
  }

  #sync(file: StoredFile): void {
    const failure = this.failNextSync
    this.failNextSync = null
    if (failure) {
      const to = file.seen.length
      if (to > file.durable.length) file.doubtful.push({ from: file.durable.length, to })
    }
    if (failure || !this.lies) {
      file.durable = file.seen
      file.unsynced = []
    }
    if (failure) throw failure
  }

  #stored(name: string): StoredFile {
    const file = this.#files.get(name)
    if (!file) throw errno('ENOENT', `${name} does not exist`)
    return file
  }

  #powered(): void {
    if (this.#off) throw new PowerCut('the power is off')
  }

  #count(): void {
    this.operations++
    if (this.operations < this.powerCutAt) return
    this.#off = true
    throw new PowerCut(`the power went at disk operation ${this.operations}`)
  }
}

/** A system error as `node:fs` throws it. */
export function errno(code: string, message: string): NodeJS.ErrnoException {
  return Object.assign(new Error(`${code}: ${message}`), { code })
}

function write(file: StoredFile, change: Write): void {
  file.unsynced.push(change)
  file.seen = applied(file.seen, change)
}

function applied(content: Uint8Array, change: Write): Uint8Array {
  if ('truncate' in change) return content.slice(0, change.truncate)
  const longer = new Uint8Array(content.length + change.append.length)
  longer.set(content)
  longer.set(change.append, content.length)
  return longer
}

function tear(content: Uint8Array, bytes: Uint8Array, random: () => number): Uint8Array {
  const arrived = pick(random, bytes.length + 1)
  const torn = applied(content, { append: bytes.slice(0, arrived) })
  if (random() < 0.5) return torn
  // The file became longer than what arrived: the rest reads as zeros or as whatever the blocks held before.
  const rest = new Uint8Array(pick(random, bytes.length - arrived + 1))
  if (random() < 0.5) for (let i = 0; i < rest.length; i++) rest[i] = pick(random, 256)
  return applied(torn, { append: rest })
}

function garbled(content: Uint8Array, from: number, to: number): Uint8Array {
  const changed = content.slice()
  changed.fill(0, from, to)
  return changed
}
