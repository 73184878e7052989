// Makes the event's images before anybody asks for them: every original, at every rung, in every format.
import { CACHE_BYTES_DEFAULT, ImageCache } from './image-cache.ts'
import { IMAGE_FORMATS, LADDER } from './ladder.ts'
import { Originals } from './originals.ts'
import { resize, setUpImageLibrary, variantKey } from './resize.ts'

export interface WarmOptions {
  imagesDir: string
  cacheDir: string
  /** Bound of the cache, bytes. What does not fit is left for visitors to ask for. Default that of the PoP. */
  cacheBytes?: number
  /** Ends it after the image in hand. */
  signal: AbortSignal
  /** Told of each original that cannot be read. */
  onFault: (name: string, error: Error) => void
}

export interface Warmed {
  originals: number
  made: number
  /** There already. */
  kept: number
  /** Originals that cannot be read. */
  unreadable: number
  /** True where the cache is full. */
  full: boolean
}

/** One image at a time, the smallest widths first: a phone asks for those. Errors: MP_IMAGES_DIR. */
export async function warmImages(options: WarmOptions): Promise<Warmed> {
  const { cacheBytes = CACHE_BYTES_DEFAULT, signal, onFault } = options
  const originals = await Originals.open(options.imagesDir)
  const cache = await ImageCache.open(options.cacheDir, cacheBytes)
  setUpImageLibrary()
  const names = await originals.names()
  const unreadable = new Set<string>()
  const warmed = { originals: names.length, made: 0, kept: 0, full: false }
  for (const [rung, name, format] of variants(names)) {
    if (signal.aborted || warmed.full) break
    const original = unreadable.has(name) ? null : await originals.find(name)
    if (original === null) continue
    const key = variantKey(name, original, rung, format)
    if ((await cache.get(key)) !== null) {
      warmed.kept++
      continue
    }
    const image = await resize(original.path, rung, format).catch((error: Error) => {
      unreadable.add(name)
      onFault(name, error)
      return null
    })
    if (image === null) continue
    // Never at the price of one that is there.
    warmed.full = cache.bytes + image.length > cacheBytes
    if (warmed.full) break
    await cache.put(key, image)
    warmed.made++
  }
  return { ...warmed, unreadable: unreadable.size }
}

function* variants(names: readonly string[]) {
  for (const rung of LADDER) {
    for (const name of names) {
      for (const format of IMAGE_FORMATS) yield [rung, name, format] as const
    }
  }
}
