// The PoP's certificate: read from two PEM files, and again whenever they change, without dropping a session.
import { unwatchFile, watchFile } from 'node:fs'
import { readFile } from 'node:fs/promises'
import type { SecureContextOptions, Server } from 'node:tls'
import type { Logger } from 'pino'
import { type Certificate, checkCertificate } from '../certificate.ts'
import { MissingHere } from '../errors.ts'
import type { PopConfig } from '../pop-config.ts'

export type TlsFiles = NonNullable<PopConfig['tls']>

/** Between looks at the files. By looking, because a Kubernetes secret and certbot swap links, not contents. */
const LOOK_EVERY_MS = 5_000
/** A certificate that expires sooner is told of at start and at each change. */
const EXPIRES_SOON_MS = 7 * 24 * 3_600_000

export interface ServedCertificate extends Certificate {
  /** For `https.createServer`, Fastify's `https`, or `setSecureContext`. */
  options: SecureContextOptions
}

/**
 * Reads and checks both files. `wallMs` is ms since the Unix epoch.
 * Errors: MP_TLS_MISSING (3), those of `checkCertificate` (2).
 */
export async function readCertificate(files: TlsFiles, wallMs: number): Promise<ServedCertificate> {
  const { certFile, keyFile, name = null } = files
  const [cert, key] = await Promise.all([read(certFile, 'certFile'), read(keyFile, 'keyFile')])
  const checked = checkCertificate({ cert, key, certFrom: certFile, keyFrom: keyFile }, name, wallMs)
  return { ...checked, options: { cert, key, minVersion: 'TLSv1.2' } }
}

export interface CertificateWatch {
  files: TlsFiles
  logger: Logger
  /** ms since the Unix epoch. */
  wallMs: () => number
  /** Told the time at which each new certificate ends, ms since the Unix epoch. */
  renewed?: (expiresAtMs: number) => void
  lookEveryMs?: number
}

/**
 * Gives the server a new certificate once both files hold one; sessions stay on the old. Until then, and where the new
 * one is wrong, the old goes on and the log says why. Returns the end of it.
 */
export function watchCertificate(server: Server, watch: CertificateWatch): () => void {
  const { files, logger, wallMs, renewed, lookEveryMs = LOOK_EVERY_MS } = watch
  const reload = async () => {
    try {
      const certificate = await readCertificate(files, wallMs())
      server.setSecureContext(certificate.options)
      renewed?.(certificate.expiresAtMs)
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
