// The log encrypted at rest: AES-256-GCM, a random nonce for each frame, and the frame's place bound to it, so that
// none can be moved, repeated or taken for another.
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto'
import { open } from 'node:fs/promises'
import { InvalidInput, MissingHere } from '../errors.ts'

/** Begins a sealed payload: no payload in the clear does, for those are JSON. */
const SEALED = 1
const NONCE_BYTES = 12
const TAG_BYTES = 16
/** Bytes before the ciphertext, and behind it. */
export const SEAL_HEAD_BYTES = 1 + NONCE_BYTES
export const SEAL_BYTES = SEAL_HEAD_BYTES + TAG_BYTES
const KEY_PATTERN = /^[0-9a-f]{64}$/i
/** Readable, writable or runnable by the group or by all. */
const OTHERS = 0o077

/** Where a frame lies. */
export interface Place {
  segment: number
  offset: number
  commitAt: number
}

export class LogCipher {
  readonly #key: Buffer
  readonly #older: readonly Buffer[]
  /** Frames that only an older key opened: while there are any, it is needed. */
  openedByOlder = 0

  /** `key`: 32 bytes. `older`: those that were used before it, which open what they sealed. */
  constructor(key: Buffer, older: readonly Buffer[] = []) {
    this.#key = key
    this.#older = older
  }

  /** Seals the `length` bytes that lie `SEAL_HEAD_BYTES` behind `at`, in place; the result is `SEAL_BYTES` longer. */
  seal(bytes: Buffer, at: number, length: number, place: Place): void {
    const nonce = randomBytes(NONCE_BYTES)
    const cipher = createCipheriv('aes-256-gcm', this.#key, nonce)
    cipher.setAAD(placeBytes(place))
    bytes[at] = SEALED
    nonce.copy(bytes, at + 1)
    const text = at + SEAL_HEAD_BYTES
    cipher.update(bytes.subarray(text, text + length)).copy(bytes, text)
    cipher.final()
    cipher.getAuthTag().copy(bytes, text + length)
  }

  /** What was sealed at `place`; null where it was with another key, at another place, or was changed. */
  open(sealed: Uint8Array, place: Place): Buffer | null {
    if (sealed.length < SEAL_BYTES) return null
    const text = opened(sealed, place, this.#key)
    if (text !== null) return text
    for (const key of this.#older) {
      const older = opened(sealed, place, key)
      if (older === null) continue
      this.openedByOlder++
      return older
    }
    return null
  }
}

function opened(sealed: Uint8Array, place: Place, key: Buffer): Buffer | null {
  const decipher = createDecipheriv('aes-256-gcm', key, sealed.subarray(1, SEAL_HEAD_BYTES))
  decipher.setAAD(placeBytes(place))
  decipher.setAuthTag(sealed.subarray(sealed.length - TAG_BYTES))
  const text = decipher.update(sealed.subarray(SEAL_HEAD_BYTES, sealed.length - TAG_BYTES))
  try {
    decipher.final()
    return text
  } catch {
    // That is how node:crypto says that the tag does not match.
    return null
  }
}

export function isSealed(payload: Uint8Array): boolean {
  return payload[0] === SEALED
}

/**
 * Reads keys of 64 hexadecimal digits, one a line: the first seals, the others open what they sealed before. Errors:
 * MP_QUEUE_KEY, where the file is missing, open to others or no key.
 */
export async function readKeyFile(path: string): Promise<LogCipher> {
  const file = await open(path, 'r').catch((cause) => {
    throw new MissingHere(
      'MP_QUEUE_KEY',
      `the key file ${path} cannot be read: ${(cause as Error).message}`,
      'Put the key of the queue there; `openssl rand -hex 32` makes one for a new PoP.',
      cause,
    )
  })
  try {
    const { mode } = await file.stat()
    if ((mode & OTHERS) !== 0) {
      throw new InvalidInput(
        'MP_QUEUE_KEY',
        `the key file ${path} is open to others`,
        `Let its owner alone read it: chmod 600 ${path}`,
      )
    }
    const bytes = Buffer.alloc(KEY_FILE_BYTES_MAX)
    const { bytesRead } = await file.read(bytes, 0, bytes.length, 0)
    const digits = bytes.toString('latin1', 0, bytesRead).trim()
    const [key, ...older] = digits.split(/\r?\n/)
    if (key === undefined || ![key, ...older].every((line) => KEY_PATTERN.test(line))) {
      throw new InvalidInput(
        'MP_QUEUE_KEY',
        `the key file ${path} holds no key`,
        `It must hold 64 hexadecimal digits a line, as \`openssl rand -hex 32\` prints them: the key, then at most ${KEYS_MAX - 1} older ones.`,
      )
    }
    return new LogCipher(
      Buffer.from(key, 'hex'),
      older.map((line) => Buffer.from(line, 'hex')),
    )
  } finally {
    await file.close()
  }
}

/** One in use, and those before it whose segments are still there. */
const KEYS_MAX = 4
/** The digits with their line ends, and one byte more, which says that there is too much. */
const KEY_FILE_BYTES_MAX = KEYS_MAX * 66 + 1

function placeBytes({ segment, offset, commitAt }: Place): Buffer {
  const bytes = Buffer.allocUnsafe(16)
  bytes.writeDoubleLE(segment, 0)
  bytes.writeUInt32LE(offset, 8)
  bytes.writeUInt32LE(commitAt, 12)
  return bytes
}
