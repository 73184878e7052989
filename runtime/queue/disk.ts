// The disk as the queue sees it: files in one folder, written at their end or over what was allocated. The real one
// is file-disk.ts; tests model one that loses and tears what was not synced.

export interface ReadableFile {
  readonly name: string
  /** Bytes of the file, those allocated ahead included. */
  readonly size: number
  /** Reads exactly `length` bytes at `offset`, or fewer at the end of the file. */
  read(offset: number, length: number): Promise<Uint8Array>
  close(): Promise<void>
}

export interface DiskFile extends ReadableFile {
  /**
   * Writes all of `bytes` at `at`, which is within the file or its end, and returns once they survive a power cut.
   * After a throw a part of them may be there, and may survive. `bytes` must not change meanwhile.
   */
  write(bytes: Uint8Array, at: number): Promise<void>
  /** Lengthens the file to `size` with zeros that take their room on the disk, durably. */
  allocate(size: number): Promise<void>
  /** Returns once all that was written, also by a process that is gone, survives a power cut. */
  sync(): Promise<void>
  /** Shortens the file, durably. */
  truncate(size: number): Promise<void>
}

export interface ReadableDisk {
  /** File names, ascending. */
  list(): Promise<string[]>
  open(name: string): Promise<ReadableFile>
}

export interface Disk extends ReadableDisk {
  /** Makes an empty file whose name survives a power cut; fails where the name exists. */
  create(name: string): Promise<DiskFile>
  open(name: string): Promise<DiskFile>
  remove(name: string): Promise<void>
  /** Gives a file another name, durably; a file of that name is replaced in one step. Open files stay open. */
  rename(from: string, to: string): Promise<void>
}

/** No space left: the one disk error after which the log goes on, without the records that did not fit. */
export function isDiskFull(error: unknown): boolean {
  const code = (error as NodeJS.ErrnoException | null)?.code
  return code === 'ENOSPC' || code === 'EDQUOT'
}
