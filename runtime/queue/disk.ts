// The disk as the queue sees it: append-only files in one folder. The real one is file-disk.ts; tests model one
// that loses and tears what was not synced.

export interface DiskFile {
  readonly name: string
  /** Bytes appended so far, synced or not. */
  readonly size: number
  /** Appends all of `bytes` or throws; after a throw the file may hold a part of them. */
  append(bytes: Uint8Array): Promise<void>
  /** Returns once everything appended survives a power cut. After a throw nothing may be assumed. */
  sync(): Promise<void>
  /** Reads exactly `length` bytes at `offset`, or fewer at the end of the file. */
  read(offset: number, length: number): Promise<Uint8Array>
  truncate(size: number): Promise<void>
  close(): Promise<void>
}

export interface Disk {
  /** File names, ascending. */
  list(): Promise<string[]>
  /** Makes an empty file whose name survives a power cut; fails where the name exists. */
  create(name: string): Promise<DiskFile>
  open(name: string): Promise<DiskFile>
  remove(name: string): Promise<void>
}

/** No space left: the one disk error after which the log goes on, without the records that did not fit. */
export function isDiskFull(error: unknown): boolean {
  const code = (error as NodeJS.ErrnoException | null)?.code
  return code === 'ENOSPC' || code === 'EDQUOT'
}
