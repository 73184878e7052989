// The event's original images: a folder of photos, and nothing outside it.
import { readdir, realpath, stat } from 'node:fs/promises'
import { join, sep } from 'node:path'
import { MissingHere } from '../errors.ts'

export interface Original {
  path: string
  /** Changes when the file is replaced. */
  version: string
}

/** One path segment, not hidden, with the ending of a photo. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what it refuses
const NAME = /^(?!\.)[^/\\\u0000-\u001f]{1,200}\.(?:jpe?g|png|webp)$/i

export class Originals {
  /** With links resolved. */
  readonly #folder: string

  private constructor(folder: string) {
    this.#folder = folder
  }

  /** Errors: MP_IMAGES_DIR. */
  static async open(folder: string): Promise<Originals> {
    try {
      return new Originals(await realpath(folder))
    } catch (error) {
      throw new MissingHere(
        'MP_IMAGES_DIR',
        `the folder of images ${folder} cannot be read: ${(error as Error).message}`,
        'Put the event’s images there, or set imagesDir to null in pop.json.',
        error,
      )
    }
  }

  /** Names in the folder that may be images, sorted. */
  async names(): Promise<string[]> {
    return (await readdir(this.#folder)).filter((name) => NAME.test(name)).sort()
  }

  /** null where there is no such image. Links are followed as far as they stay inside the folder. */
  async find(name: string): Promise<Original | null> {
    if (!NAME.test(name)) return null
    try {
      const path = await realpath(join(this.#folder, name))
      const { size, mtimeMs } = await stat(path)
      return path.startsWith(this.#folder + sep) ? { path, version: `${size} ${mtimeMs}` } : null
    } catch (error) {
      if (['ENOENT', 'ENOTDIR', 'ELOOP'].includes((error as NodeJS.ErrnoException).code ?? '')) return null
      throw error
    }
  }
}
