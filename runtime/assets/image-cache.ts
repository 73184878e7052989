// Encoded images on disk, bounded by bytes: the least recently used go first. A damaged file is never served.
// Several may share a folder: session threads, and a warm-up beside the PoP.
import { createHash } from 'node:crypto'
import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

interface Entry {
  /** File name: the key, and the digest of what the file must hold. */
  file: string
  bytes: number
  /** False for what an earlier process wrote: a power cut may have torn it. */
  verified: boolean
}

/** Bound of the folder where none is given. */
export const CACHE_BYTES_DEFAULT = 1_000_000_000

const FILE = /^([A-Za-z0-9_-]{1,64})\.([A-Za-z0-9_-]{22})$/
const UNFINISHED = '.part'

export class ImageCache {
  readonly #folder: string
  readonly #bytesMax: number
  /** By key, least recently used first. */
  readonly #entries = new Map<string, Entry>()
  #bytes = 0
  /** The folder's own time of change when it was read: another one has written since if it differs. */
  #readAtMs = Number.NaN

  private constructor(folder: string, bytesMax: number) {
    this.#folder = folder
    this.#bytesMax = bytesMax
  }

  /** Takes over what an earlier process left in `folder`, in the order it was written. */
  static async open(folder: string, bytesMax: number): Promise<ImageCache> {
    await mkdir(folder, { recursive: true })
    const cache = new ImageCache(folder, bytesMax)
    for (const file of await readdir(folder)) {
      if (file.endsWith(UNFINISHED)) await rm(join(folder, file), { force: true })
    }
    await cache.#readFolder()
    return cache
  }

  /** Adds what others wrote, in the order it was written. */
  async #readFolder(): Promise<void> {
    const changedMs = (await stat(this.#folder).catch(gone))?.mtimeMs
    if (changedMs === undefined || changedMs === this.#readAtMs) return
    const found: (Entry & { key: string; writtenMs: number })[] = []
    for (const file of await readdir(this.#folder)) {
      const key = FILE.exec(file)?.[1]
      if (key === undefined || this.#entries.get(key)?.file === file) continue
      const status = await stat(join(this.#folder, file)).catch(gone)
      if (status === null) continue
      found.push({ key, file, bytes: status.size, verified: false, writtenMs: status.mtimeMs })
    }
    found.sort((a, b) => a.writtenMs - b.writtenMs)
    for (const { key, file, bytes, verified } of found) await this.#add(key, { file, bytes, verified })
    await this.#evict()
    this.#readAtMs = changedMs
  }

  /** Bytes on disk. */
  get bytes(): number {
    return this.#bytes
  }

  /** What was put under `key`; null where it is not there, no longer, or damaged. */
  async get(key: string): Promise<Buffer | null> {
    if (!this.#entries.has(key)) await this.#readFolder()
    const entry = this.#entries.get(key)
    if (entry === undefined) return null
    const content = await readFile(join(this.#folder, entry.file)).catch(gone)
    if (content === null) {
      this.#forget(key, entry)
      return null
    }
    if (!entry.verified && fileOf(key, content) !== entry.file) {
      await this.#remove(key, entry)
      return null
    }
    entry.verified = true
    this.#refresh(key, entry)
    return content
  }

  /** Keeps `content` under `key` (A-Z a-z 0-9 _ -), whole or not at all. Larger than the whole cache: not kept. */
  async put(key: string, content: Buffer): Promise<void> {
    if (content.length > this.#bytesMax) return
    const file = fileOf(key, content)
    const unfinished = join(this.#folder, file + UNFINISHED)
    try {
      await writeFile(unfinished, content)
      // Gone where another opened the folder just now and took it for what a crash left: then it is made again.
      if ((await rename(unfinished, join(this.#folder, file)).catch(gone)) === null) return
    } catch (error) {
      await rm(unfinished, { force: true })
      throw error
    }
    await this.#add(key, { file, bytes: content.length, verified: true })
    await this.#evict()
  }

  async #add(key: string, entry: Entry): Promise<void> {
    const before = this.#entries.get(key)
    if (before !== undefined && before.file !== entry.file) await this.#remove(key, before)
    else if (before !== undefined) this.#forget(key, before)
    this.#entries.set(key, entry)
    this.#bytes += entry.bytes
  }

  /** Makes it the most recently used. */
  #refresh(key: string, entry: Entry): void {
    if (this.#entries.get(key) !== entry) return
    this.#entries.delete(key)
    this.#entries.set(key, entry)
  }

  #forget(key: string, entry: Entry): void {
    if (this.#entries.get(key) !== entry) return
    this.#entries.delete(key)
    this.#bytes -= entry.bytes
  }

  async #remove(key: string, entry: Entry): Promise<void> {
    this.#forget(key, entry)
    await rm(join(this.#folder, entry.file), { force: true })
  }

  async #evict(): Promise<void> {
    for (const [key, entry] of this.#entries) {
      if (this.#bytes <= this.#bytesMax) return
      await this.#remove(key, entry)
    }
  }
}

/** null for what was evicted since, or removed by hand. */
function gone(error: NodeJS.ErrnoException): null {
  if (error.code !== 'ENOENT') throw error
  return null
}

function fileOf(key: string, content: Buffer): string {
  return `${key}.${createHash('sha256').update(content).digest('base64url').slice(0, 22)}`
}
