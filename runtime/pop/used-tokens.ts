// The tokens that were used at this PoP, in a file that outlives it: one line for each, until it expires.
//
// A claim is answered when its line is on disk, one fdatasync for all that wait, so that neither a killed process nor
// a power cut forgets one that was answered. On a disk that refuses, claims are answered from memory, the fault is
// told, and a restart forgets them: the show goes on.
import { type FileHandle, open, readFile, rename } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { Claim, UsedTokens } from '../broker/tokens.ts'
import { MissingHere } from '../errors.ts'

/** Tokens remembered at once, about 20 MB: as many as ten halls of 20,000 get in the lifetime of a token. */
const TOKENS_MAX = 200_000
/** Lines of the file above twice what is remembered, at which it is written anew. */
const STALE_LINES_MAX = 1_000
/** Between searches for tokens that have expired. */
const SWEEP_EVERY_MS = 60_000

const FILE = 'used-tokens'
/** Expiry, ms since the Unix epoch; the token's id; and what stands for its client's own secret, if it has one. */
const LINE = /^(\d{1,16}) ([A-Za-z0-9_-]{22})([A-Za-z0-9_-]{22})?$/
const ID_CHARS = 22

interface Use {
  expiresAtMs: number
  /** Empty where the client has no secret of its own. */
  secret: string
}

export interface UsedTokenOptions {
  /** ms since the Unix epoch. */
  wallMs: () => number
  /** The disk refused: told once, until it works again. */
  onFault: (error: Error) => void
  tokensMax?: number
}

export class UsedTokenFile implements UsedTokens {
  readonly #path: string
  readonly #options: UsedTokenOptions
  readonly #uses: Map<string, Use>
  #file: FileHandle
  #lines: number
  #waiting: { line: string; done: () => void }[] = []
  #writing: Promise<void> | null = null
  #sweptAtMs: number
  #faulty = false

  private constructor(path: string, options: UsedTokenOptions, uses: Map<string, Use>, file: FileHandle) {
    this.#path = path
    this.#options = options
    this.#uses = uses
    this.#file = file
    this.#lines = uses.size
    this.#sweptAtMs = options.wallMs()
  }

  /** Reads what was used, in a data folder that this process has to itself. Errors: MP_DATA_DIR. */
  static async open(dataDir: string, options: UsedTokenOptions): Promise<UsedTokenFile> {
    const path = join(dataDir, FILE)
    try {
      const uses = parseLines(await textOf(path), options.wallMs())
      return new UsedTokenFile(path, options, uses, await writeAnew(path, uses))
    } catch (error) {
      throw new MissingHere(
        'MP_DATA_DIR',
        `${path} cannot be used: ${(error as Error).message}`,
        'Give a data folder that this user may write to.',
        error,
      )
    }
  }

  get size(): number {
    return this.#uses.size
  }

  async claim(claimed: string, expiresAtMs: number): Promise<Claim> {
    this.#sweep()
    const id = claimed.slice(0, ID_CHARS)
    const secret = claimed.slice(ID_CHARS)
    const use = this.#uses.get(id)
    if (use) return use.secret !== '' && use.secret === secret ? 'again' : 'used'
    if (this.#uses.size >= (this.#options.tokensMax ?? TOKENS_MAX)) return 'full'
    this.#uses.set(id, { expiresAtMs, secret })
    await new Promise<void>((done) => {
      this.#waiting.push({ line: `${expiresAtMs} ${claimed}\n`, done })
      this.#writing ??= this.#write()
    })
    return 'first'
  }

  async close(): Promise<void> {
    await this.#writing
    await this.#file.close()
  }

  async #write(): Promise<void> {
    while (this.#waiting.length > 0) {
      const batch = this.#waiting
      this.#waiting = []
      try {
        if (this.#faulty || this.#lines > 2 * this.#uses.size + STALE_LINES_MAX) await this.#compact()
        else await this.#append(batch.map(({ line }) => line))
        this.#faulty = false
      } catch (error) {
        if (!this.#faulty) this.#options.onFault(error as Error)
        this.#faulty = true
      }
      for (const { done } of batch) done()
    }
    this.#writing = null
  }

  async #append(lines: string[]): Promise<void> {
    await this.#file.appendFile(lines.join(''))
    await this.#file.datasync()
    this.#lines += lines.length
  }

  /** What is remembered has the waiting claims too. After a fault this also drops what was half written. */
  async #compact(): Promise<void> {
    const file = await writeAnew(this.#path, this.#uses)
    await this.#file.close()
    this.#file = file
    this.#lines = this.#uses.size
  }

  #sweep(): void {
    const nowMs = this.#options.wallMs()
    // The clock may have been set back.
    if (Math.abs(nowMs - this.#sweptAtMs) < SWEEP_EVERY_MS) return
    this.#sweptAtMs = nowMs
    for (const [id, { expiresAtMs }] of this.#uses) {
      if (expiresAtMs <= nowMs) this.#uses.delete(id)
    }
  }
}

async function textOf(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return ''
    throw error
  }
}

/** Lines that a power cut tore were never answered for. */
function parseLines(text: string, nowMs: number): Map<string, Use> {
  const uses = new Map<string, Use>()
  for (const line of text.split('\n')) {
    const [, expiry, id, secret = ''] = LINE.exec(line) ?? []
    const expiresAtMs = Number(expiry)
    if (id !== undefined && expiresAtMs > nowMs) uses.set(id, { expiresAtMs, secret })
  }
  return uses
}

/** Replaces the file in one step, and returns it open for appending. */
async function writeAnew(path: string, uses: ReadonlyMap<string, Use>): Promise<FileHandle> {
  const temporary = `${path}.new`
  const file = await open(temporary, 'w', 0o600)
  try {
    await file.writeFile(Array.from(uses, ([id, use]) => `${use.expiresAtMs} ${id}${use.secret}\n`).join(''))
    await file.datasync()
    await rename(temporary, path)
    const folder = await open(dirname(path), 'r')
    await folder.sync().finally(() => folder.close())
    return file
  } catch (error) {
    await file.close()
    throw error
  }
}
