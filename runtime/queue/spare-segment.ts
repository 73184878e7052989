// The room of the next segment, taken in the background before the open one is full: a file of zeros that gets its
// checkpoint and its name in one step once it is needed.
import { type Disk, type DiskFile, isDiskFull } from './disk.ts'

const NAME = 'spare'

export class SpareSegment {
  readonly #disk: Disk
  #made: Promise<DiskFile> | null = null

  constructor(disk: Disk) {
    this.#disk = disk
  }

  static isSpare(name: string): boolean {
    return name === NAME
  }

  /** Starts to take `bytes`, where that is not done or under way. What fails is told to whoever takes the segment. */
  prepare(bytes: number): void {
    if (this.#made) return
    this.#made = this.#make(bytes)
    this.#made.catch(() => {})
  }

  /** A segment called `name` that opens with `checkpoint`, durably; on a throw there is none. */
  async take(checkpoint: Uint8Array, name: string): Promise<DiskFile> {
    const made = this.#made ?? this.#disk.create(NAME)
    this.#made = null
    const file = await made
    try {
      await file.write(checkpoint, 0)
      await this.#disk.rename(NAME, name)
    } catch (error) {
      await file.close()
      await this.#disk.remove(NAME)
      throw error
    }
    // The handle still goes by the old name.
    await file.close()
    return await this.#disk.open(name)
  }

  /** Gives the room back. */
  async discard(): Promise<void> {
    const file = await this.#made?.catch(() => null)
    this.#made = null
    if (!file) return
    await file.close()
    await this.#disk.remove(NAME)
  }

  /** Without the room, where the disk has none: the segment then grows as it is written. */
  async #make(bytes: number): Promise<DiskFile> {
    const file = await this.#disk.create(NAME)
    try {
      await file.allocate(bytes)
    } catch (error) {
      if (isDiskFull(error)) {
        await file.truncate(0)
        return file
      }
      await file.close()
      await this.#disk.remove(NAME)
      throw error
    }
    return file
  }
}
