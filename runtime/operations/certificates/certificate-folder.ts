// The folder with the certificates of an event: one for each PoP's name, its key beside it, and the account they came by.
import { mkdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { checkCertificate } from '../../certificate.ts'
import { replaceFile } from '../../durable-file.ts'
import { MicropopError, MissingHere } from '../../errors.ts'
import type { Issued } from './acme-order.ts'

const ACCOUNT_KEY = 'account-key.pem'

/** A name that needs a certificate, and what its files are filed under. */
export interface CertificateFor {
  venue: string
  name: string
}

export function certificateFiles(folder: string, venue: string): { certFile: string; keyFile: string } {
  return { certFile: join(folder, venue, 'fullchain.pem'), keyFile: join(folder, venue, 'privkey.pem') }
}

/** What is there for a name: good for a while, nothing, or something that cannot be used. */
export type Held =
  | { state: 'good'; startsAtMs: number; expiresAtMs: number }
  | { state: 'none' }
  | { state: 'bad'; why: string }

export async function heldCertificate(
  folder: string,
  { venue, name }: CertificateFor,
  wallMs: number,
): Promise<Held> {
  const { certFile, keyFile } = certificateFiles(folder, venue)
  const [cert, key] = await Promise.all([readIfThere(certFile), readIfThere(keyFile)])
  if (cert === null || key === null) return { state: 'none' }
  try {
    return {
      state: 'good',
      ...checkCertificate({ cert, key, certFrom: certFile, keyFrom: keyFile }, name, wallMs),
    }
  } catch (error) {
    if (!(error instanceof MicropopError)) throw error
    return { state: 'bad', why: error.message }
  }
}

/** Both files are for this user alone. A PoP that reads them in between goes on with the old and looks again. */
export async function keepCertificate(folder: string, venue: string, { chain, key }: Issued): Promise<void> {
  const { certFile, keyFile } = certificateFiles(folder, venue)
  await written(async () => {
    await mkdir(join(folder, venue), { recursive: true, mode: 0o700 })
    await replaceFile(keyFile, key)
    await replaceFile(certFile, chain)
  })
}

/** The account's key, made at first by `make`. Errors: MP_NOT_WRITTEN. */
export async function accountKey(folder: string, make: () => Promise<string>): Promise<string> {
  const file = join(folder, ACCOUNT_KEY)
  const kept = await readIfThere(file)
  if (kept !== null) return kept
  const made = await make()
  await written(async () => {
    await mkdir(folder, { recursive: true, mode: 0o700 })
    await replaceFile(file, made)
  })
  return made
}

async function readIfThere(file: string): Promise<string | null> {
  try {
    return await readFile(file, 'utf8')
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    if (code === 'ENOENT') return null
    throw new MissingHere(
      'MP_TLS_MISSING',
      `${file} cannot be read: ${code ?? message}`,
      'Let this user read it.',
      error,
    )
  }
}

async function written(write: () => Promise<void>): Promise<void> {
  try {
    await write()
  } catch (error) {
    const { message } = error as Error
    throw new MissingHere(
      'MP_NOT_WRITTEN',
      message,
      'Make room or get the right to write there, or name another folder.',
      error,
    )
  }
}
