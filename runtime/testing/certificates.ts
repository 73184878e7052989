// Self-signed certificates for tests, made by OpenSSL.
import { execFileSync, spawnSync } from 'node:child_process'
import { join } from 'node:path'

export interface CertificateFiles {
  certFile: string
  keyFile: string
}

/** Why there are none on this machine, or null. */
export function noCertificates(): string | null {
  const { error } = spawnSync('openssl', ['version'])
  return error ? `openssl does not run here: ${error.message}` : null
}

/** A certificate and its key, in two PEM files of a folder. Default: for `localhost`. */
export function makeCertificate(
  folder: string,
  name: string,
  days = 30,
  names = 'DNS:localhost,IP:127.0.0.1',
): CertificateFiles {
  const certFile = join(folder, `${name}.crt`)
  const keyFile = join(folder, `${name}.key`)
  execFileSync(
    'openssl',
    [
      ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'],
      ...['-subj', `/CN=${name}`, '-addext', `subjectAltName=${names}`],
      ...['-keyout', keyFile, '-out', certFile, '-days', String(days)],
    ],
    { stdio: ['ignore', 'ignore', 'pipe'] },
  )
  return { certFile, keyFile }
}
