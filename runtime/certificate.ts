// A certificate and its key as PEM: whether they belong together, are good now, and are for the name that is asked for.
import { createPrivateKey, X509Certificate } from 'node:crypto'
import { InvalidInput } from './errors.ts'

export interface CertificatePem {
  /** The certificate first, then those that lead to its authority. */
  cert: string | Buffer
  key: string | Buffer
  /** For messages: the files, or what else they came from. */
  certFrom: string
  keyFrom: string
}

export interface Certificate {
  /** ms since the Unix epoch. */
  startsAtMs: number
  expiresAtMs: number
}

/**
 * `name` is what clients call the server by, null where that is not known. `wallMs` is ms since the Unix epoch.
 * Errors: MP_TLS_INVALID, MP_TLS_MISMATCH, MP_TLS_NAME, MP_TLS_NOT_YET, MP_TLS_EXPIRED.
 */
export function checkCertificate(pem: CertificatePem, name: string | null, wallMs: number): Certificate {
  const { certFrom, keyFrom } = pem
  const certificate = parse(() => new X509Certificate(pem.cert), 'certificate', certFrom)
  const key = parse(() => createPrivateKey(pem.key), 'private key without a passphrase', keyFrom)
  if (!certificate.checkPrivateKey(key)) {
    throw new InvalidInput(
      'MP_TLS_MISMATCH',
      `the key is not that of the certificate in ${certFrom}`,
      'Give the key that the certificate was requested with; the first certificate of the file is the PoP’s own.',
      { file: keyFrom },
    )
  }
  if (name !== null && certificate.checkHost(name, { subject: 'never' }) === undefined) {
    throw new InvalidInput(
      'MP_TLS_NAME',
      `the certificate is not for ${name} but for ${certificate.subjectAltName ?? 'no name at all'}`,
      'Give the one of this name: `micropop certificate obtain EVENT` asks an authority for it.',
      { file: certFrom },
    )
  }
  const startsAtMs = certificate.validFromDate.getTime()
  if (startsAtMs > wallMs) {
    throw new InvalidInput(
      'MP_TLS_NOT_YET',
      `the certificate is good from ${certificate.validFromDate.toISOString()} on`,
      'Set the clock of this machine, or wait.',
      { file: certFrom },
    )
  }
  const expiresAtMs = certificate.validToDate.getTime()
  if (expiresAtMs <= wallMs) {
    throw new InvalidInput(
      'MP_TLS_EXPIRED',
      `the certificate expired on ${certificate.validToDate.toISOString()}`,
      'Renew it. If it is new, set the clock of this machine.',
      { file: certFrom },
    )
  }
  return { startsAtMs, expiresAtMs }
}

/** What OpenSSL says of what it cannot read is not passed on: it helps nobody and may quote the file. */
function parse<T>(attempt: () => T, what: string, file: string): T {
  try {
    return attempt()
  } catch {
    throw new InvalidInput(
      'MP_TLS_INVALID',
      `this is no ${what} in PEM`,
      'Give one that begins with -----BEGIN.',
      {
        file,
      },
    )
  }
}
