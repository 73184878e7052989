// A disk in memory that forgets what a real one may forget: a power cut loses, tears or garbles what was not synced.
//
// Each file is what is durable plus the writes since, in order. A power cut keeps some first part of those writes, the
// last of them perhaps torn: over allocated room sector by sector, in any order; at the end of the file perhaps with a
// garbled tail (a file system may lengthen a file before its bytes arrive). What a failed write covered may be gone
// even if a later one succeeds. A rename that the power cut interrupted has happened or has not.
import { pick } from '../../testing/seeded-random.ts'
import type { Disk, DiskFile } from '../disk.ts'

/** The power is off: nothing on this disk answers until `crash` turns it on again. */
export class PowerCut extends Error {}

type Write = { bytes: Uint8Array; at: number } | { truncate: number }

/** Written whole or not at all, but for the one that the power cut hit. */
const SECTOR_BYTES = 512

interface StoredFile {
  durable: Uint8Array
  unsynced: Write[]
  /** What the running system reads: durable and unsynced together. */
  seen: Uint8Array
  /** Byte ranges that a failed write covered: lost or kept when the power goes. */
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
  /** Reads, since the disk was made. */
  reads = 0
  /** A byte that the medium does not give back: reads over it fail with EIO. */
  unreadable: { name: string; at: number } | null = null
  /** The power goes in the middle of this operation, counted as `operations` is. */
  powerCutAt = Number.POSITIVE_INFINITY
  /** The next write throws this, after it has written. */
  failNextWrite: Error | null = null
  /** Writes and syncs return without being durable: a disk that lies. */
  lies = false
  /** Nothing can be changed, as after an error for which the system mounts a file system anew. */
  readOnly = false
  readonly #files = new Map<string, StoredFile>()
  #off = false
  /** Takes back a rename that the power cut interrupted. */
  #undo: (() => void) | null = null

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
    this.#writable()
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
    this.#writable()
    this.#stored(name)
    this.#count()
    this.#files.delete(name)
  }

  async rename(from: string, to: string): Promise<void> {
    this.#writable()
    const file = this.#stored(from)
    const replaced = this.#files.get(to)
    this.#files.delete(from)
    this.#files.set(to, file)
    this.#undo = () => {
      this.#files.set(from, file)
      if (replaced) this.#files.set(to, replaced)
      else this.#files.delete(to)
    }
    this.#count()
    this.#undo = null
  }

  /** Cuts the power and turns it on again: what was not synced is lost in part, as `random` chooses. */
  crash(random: () => number): void {
    if (random() < 0.5) this.#undo?.()
    this.#undo = null
    for (const file of this.#files.values()) {
      for (const { from, to } of file.doubtful) {
        if (random() < 0.5) file.durable = garbled(file.durable, from, to)
      }
      const kept = pick(random, file.unsynced.length + 1)
      let content = file.durable
      for (const write of file.unsynced.slice(0, kept)) content = applied(content, write)
      const torn = file.unsynced[kept]
      if (torn && 'bytes' in torn) content = tear(content, torn, random)
      file.durable = content
      file.seen = content
      file.unsynced = []
      file.doubtful = []
    }
    this.#off = false
    this.powerCutAt = Number.POSITIVE_INFINITY
    this.failNextWrite = null
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
    // A file that is open stays the same one when it is renamed or replaced.
    const file = this.#stored(name)
    return {
      name,
      get size() {
        return file.seen.length
      },
      write: async (bytes, at) => this.#write(file, bytes.slice(), at),
      allocate: async (size) => {
        const { length } = file.seen
        if (size > length) this.#write(file, new Uint8Array(size - length), length)
      },
      sync: async () => {
        this.#powered()
        this.#count()
        this.#sync(file)
      },
      read: async (offset, length) => {
        this.#powered()
        this.reads++
        const bad = this.unreadable?.name === name ? this.unreadable.at : -1
        if (bad >= offset && bad < offset + length) throw errno('EIO', 'the medium failed')
        return file.seen.slice(offset, offset + length)
      },
      truncate: async (size) => {
        this.#writable()
        change(file, { truncate: size })
        this.#count()
        this.#sync(file)
      },
      close: async () => {},
    }
  }

  #write(file: StoredFile, bytes: Uint8Array, at: number): void {
    this.#writable()
    const room = Math.max(0, this.capacityBytes - this.usedBytes) + file.seen.length - at
    const fits = bytes.slice(0, room)
    change(file, { bytes: fits, at })
    this.#count()
    const failure = this.failNextWrite
    this.failNextWrite = null
    if (failure) file.doubtful.push({ from: at, to: at + fits.length })
    this.#sync(file)
    if (failure) throw failure
    if (fits.length < bytes.length) throw errno('ENOSPC', 'no space left on device')
  }

  #sync(file: StoredFile): void {
    if (this.lies) return
    file.durable = file.seen
    file.unsynced = []
  }

  #stored(name: string): StoredFile {
    const file = this.#files.get(name)
    if (!file) throw errno('ENOENT', `${name} does not exist`)
    return file
  }

  #powered(): void {
    if (this.#off) throw new PowerCut('the power is off')
  }

  #writable(): void {
    this.#powered()
    if (this.readOnly) throw errno('EROFS', 'read-only file system')
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

function change(file: StoredFile, write: Write): void {
  file.unsynced.push(write)
  file.seen = applied(file.seen, write)
}

function applied(content: Uint8Array, write: Write): Uint8Array {
  if ('truncate' in write) return content.slice(0, write.truncate)
  const { bytes, at } = write
  const changed = new Uint8Array(Math.max(content.length, at + bytes.length))
  changed.set(content)
  changed.set(bytes, at)
  return changed
}

function tear(content: Uint8Array, { bytes, at }: { bytes: Uint8Array; at: number }, random: () => number) {
  const within = Math.max(0, Math.min(bytes.length, content.length - at))
  const torn = content.slice()
  for (let sector = at; sector < at + within; sector += SECTOR_BYTES - (sector % SECTOR_BYTES)) {
    const end = Math.min(sector - (sector % SECTOR_BYTES) + SECTOR_BYTES, at + within)
    const kept = random()
    const until = kept < 0.4 ? end : kept < 0.8 ? sector : sector + pick(random, end - sector)
    torn.set(bytes.subarray(sector - at, until - at), sector)
  }
  if (within === bytes.length) return torn
  const arrived = within + pick(random, bytes.length - within + 1)
  const longer = applied(torn, { bytes: bytes.slice(within, arrived), at: at + within })
  if (random() < 0.5) return longer
  // The file became longer than what arrived: the rest reads as zeros or as whatever the blocks held before.
  const rest = new Uint8Array(pick(random, bytes.length - arrived + 1))
  if (random() < 0.5) for (let i = 0; i < rest.length; i++) rest[i] = pick(random, 256)
  return applied(longer, { bytes: rest, at: longer.length })
}

function garbled(content: Uint8Array, from: number, to: number): Uint8Array {
  const changed = content.slice()
  changed.fill(0, from, to)
  return changed
}
