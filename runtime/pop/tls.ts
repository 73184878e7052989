// The PoP's certificate: read from two PEM files, and again whenever they change, without dropping a session.
import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto'
import { unwatchFile, watchFile } from 'node:fs'
import { readFile } from 'node:fs/promises'
import type { SecureContextOptions, Server } from 'node:tls'
import type { Logger } from 'pino'
import { InvalidInput, MissingHere } from '../errors.ts'
import type { PopConfig } from '../pop-config.ts'

export type TlsFiles = NonNullable<PopConfig['tls']>

/** Between looks at the files. By looking, because a Kubernetes secret and certbot swap links, not contents. */
const LOOK_EVERY_MS = 5_000
/** A certificate that expires sooner is told of at start and at each change. */
const EXPIRES_SOON_MS = 7 * 24 * 3_600_000

export interface Certificate {
  /** For `https.createServer`, Fastify's `https`, or `setSecureContext`. */
  options: SecureContextOptions
  expiresAtMs: number
}

/**
 * Reads and checks both files. `wallMs` is ms since the Unix epoch.
 * Errors: MP_TLS_MISSING (3), MP_TLS_INVALID, MP_TLS_MISMATCH, MP_TLS_EXPIRED (2).
 */
export async function readCertificate(files: TlsFiles, wallMs: number): Promise<Certificate> {
  const [cert, key] = await Promise.all([read(files.certFile, 'certFile'), read(files.keyFile, 'keyFile')])
  const certificate = parse(() => new X509Certificate(cert), 'certificate', files.certFile)
  const privateKey: KeyObject = parse(
    () => createPrivateKey(key),
    'private key without a passphrase',
    files.keyFile,
  )
  if (!certificate.checkPrivateKey(privateKey)) {
    throw new InvalidInput(
      'MP_TLS_MISMATCH',
      `the key is not that of the certificate in ${files.certFile}`,
      'Give the key that the certificate was requested with; the first certificate of the file is the PoP’s own.',
      { file: files.keyFile },
    )
  }
  const expiresAtMs = certificate.validToDate.getTime()
  if (expiresAtMs <= wallMs) {
    throw new InvalidInput(
      'MP_TLS_EXPIRED',
      `the certificate expired on ${certificate.validToDate.toISOString()}`,
      'Renew it. If it is new, set the clock of this machine.',
      { file: files.certFile },
    )
  }
  return { options: { cert, key, minVersion: 'TLSv1.2' }, expiresAtMs }
}

export interface CertificateWatch {
  files: TlsFiles
  logger: Logger
  /** ms since the Unix epoch. */
  wallMs: () => number
  lookEveryMs?: number
}

/**
 * Gives the server a new certificate once both files hold one; sessions stay on the old. Until then, and where the new
 * one is wrong, the old goes on and the log says why. Returns the end of it.
 */
export function watchCertificate(server: Server, watch: CertificateWatch): () => void {
  const { files, logger, wallMs, lookEveryMs = LOOK_EVERY_MS } = watch
  const reload = async () => {
    try {
      const certificate = await readCertificate(files, wallMs())
      server.setSecureContext(certificate.options)
      const until = new Date(certificate.expiresAtMs).toISOString()
      logger.info({ certFile: files.certFile, until }, 'the certificate was renewed')
      warnOfExpiry(certificate, files, wallMs(), logger)
    } catch (error) {
      logger.warn({ err: (error as Error).message, ...files }, 'a changed certificate is not used')
    }
  }
  for (const file of [files.certFile, files.keyFile]) watchFile(file, { interval: lookEveryMs }, reload)
  return () => {
    for (const file of [files.certFile, files.keyFile]) unwatchFile(file, reload)
  }
}

export function warnOfExpiry(
  { expiresAtMs }: Certificate,
  { certFile }: TlsFiles,
  wallMs: number,
  logger: Logger,
): void {
  if (expiresAtMs - wallMs > EXPIRES_SOON_MS) return
  logger.warn({ certFile, until: new Date(expiresAtMs).toISOString() }, 'the certificate expires soon')
}

async function read(file: string, key: string): Promise<Buffer> {
  try {
    return await readFile(file)
  } catch (error) {
    throw new MissingHere(
      'MP_TLS_MISSING',
      `${file} cannot be read: ${(error as NodeJS.ErrnoException).code ?? (error as Error).message}`,
      `Put the PEM file there for this user to read, or name another as \`tls.${key}\` in pop.json.`,
      error,
    )
  }
}

/** What OpenSSL says of a file it cannot read is not passed on: it helps nobody and may quote the file. */
function parse<T>(attempt: () => T, what: string, file: string): T {
  try {
    return attempt()
  } catch {
    throw new InvalidInput(
      'MP_TLS_INVALID',
      `this is no ${what} in PEM`,
      `Give one that begins with -----BEGIN.`,
      {
        file,
      },
    )
  }
}
