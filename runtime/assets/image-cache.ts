// Resized images on disk, bounded by bytes: the least recently used go first. Requests for the same one share its making.
import { createHash } from 'node:crypto'
import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

export interface CachedImage {
  bytes: Buffer
  /** Quoted, strong: equal bytes have equal tags. */
  etag: string
}

/** Made at the same time at most; more wait their turn. */
const MAKING_MAX = 4

export class ImageCache {
  readonly #folder: string
  readonly #bytesMax: number
  /** Key to size, least recently used first. */
  readonly #sizes = new Map<string, number>()
  readonly #making = new Map<string, Promise<CachedImage | null>>()
  readonly #turns: (() => void)[] = []
  #busy = 0
  #bytes = 0
  hits = 0
  misses = 0

  private constructor(folder: string, bytesMax: number) {
    this.#folder = folder
    this.#bytesMax = bytesMax
  }

  static async open(folder: string, bytesMax: number): Promise<ImageCache> {
    await mkdir(folder, { recursive: true })
    const cache = new ImageCache(folder, bytesMax)
    for (const name of await readdir(folder)) {
      if (name.endsWith('.part')) await rm(join(folder, name), { force: true })
      else cache.#touch(name, (await stat(join(folder, name))).size)
    }
    await cache.#evict()
    return cache
  }

  /** The image of `key`, made by `make` where it is not there; null where `make` gives null. `key` is a file name. */
  async get(key: string, make: () => Promise<Buffer | null>): Promise<CachedImage | null> {
    const kept = await this.#read(key)
    if (kept) {
      this.hits++
      return kept
    }
    const under = this.#making.get(key)
    if (under) return under
    this.misses++
    const making = this.#make(key, make).finally(() => this.#making.delete(key))
    this.#making.set(key, making)
    return making
  }

  async #read(key: string): Promise<CachedImage | null> {
    const size = this.#sizes.get(key)
    if (size === undefined) return null
    try {
      const bytes = await readFile(join(this.#folder, key))
      this.#touch(key, bytes.length)
      return tagged(bytes)
    } catch {
      // Removed under us, by an eviction or by hand: it is made again.
      this.#drop(key)
      return null
    }
  }

  async #make(key: string, make: () => Promise<Buffer | null>): Promise<CachedImage | null> {
    await this.#turn()
    try {
      const bytes = await make()
      if (bytes === null) return null
      const file = join(this.#folder, key)
      await writeFile(`${file}.part`, bytes)
      await rename(`${file}.part`, file)
      this.#touch(key, bytes.length)
      await this.#evict()
      return tagged(bytes)
    } finally {
      this.#busy--
      this.#turns.shift()?.()
    }
  }

  async #turn(): Promise<void> {
    if (this.#busy >= MAKING_MAX) await new Promise<void>((resolve) => this.#turns.push(resolve))
    this.#busy++
  }

  #touch(key: string, size: number): void {
    this.#drop(key)
    this.#sizes.set(key, size)
    this.#bytes += size
  }

  #drop(key: string): void {
    this.#bytes -= this.#sizes.get(key) ?? 0
    this.#sizes.delete(key)
  }

  async #evict(): Promise<void> {
    for (const key of this.#sizes.keys()) {
      if (this.#bytes <= this.#bytesMax) return
      this.#drop(key)
      await rm(join(this.#folder, key), { force: true })
    }
  }
}

function tagged(bytes: Buffer): CachedImage {
  return { bytes, etag: `"${createHash('sha256').update(bytes).digest('base64url').slice(0, 22)}"` }
}
