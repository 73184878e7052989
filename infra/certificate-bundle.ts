// A PoP's certificate as the stack's configuration holds it: the chain and its key in one PEM text.
import { createPrivateKey, X509Certificate } from 'node:crypto'
import { InvalidInput } from '../runtime/errors.ts'

/** PEM. */
export interface CertificateParts {
  chain: string
  key: string
}

const BLOCK = /-----BEGIN ([A-Z0-9 ]+)-----[A-Za-z0-9+/=\s]+-----END \1-----/g

/** Of a venue's certificate, in the namespace `micropop`. */
export function certificateKey(venue: string): string {
  return `certificate-${venue}`
}

export function certificateCommand(venue: string): string {
  return `cat certificates/${venue}/*.pem | pulumi config set --secret micropop:${certificateKey(venue)}`
}

/**
 * Whether it has ended is for `micropop certificate status`: a deployment that changes something else goes on.
 *
 * @throws {InvalidInput} `MP_CERTIFICATE_CONFIG` where it is no certificate with its key, or not for the name. The text is
 *   not quoted: it has the key.
 */
export function certificateParts(bundle: string, venue: string, name: string): CertificateParts {
  const blocks = [...bundle.matchAll(BLOCK)].map(([pem, label]) => ({ pem: `${pem}\n`, label: label ?? '' }))
  const chain = blocks.filter(({ label }) => label === 'CERTIFICATE').map(({ pem }) => pem)
  const keys = blocks.filter(({ label }) => label.endsWith('PRIVATE KEY')).map(({ pem }) => pem)
  const [key] = keys
  const wrong = key === undefined || keys.length > 1 ? 'it has not one private key' : whyNot(chain, key, name)
  if (wrong === null && key !== undefined) return { chain: chain.join(''), key }
  throw new InvalidInput(
    'MP_CERTIFICATE_CONFIG',
    `micropop:${certificateKey(venue)} is no certificate for ${name}: ${wrong}`,
    `Obtain one with \`micropop certificate obtain EVENT\`, and set it: ${certificateCommand(venue)}`,
  )
}

function whyNot([own]: string[], key: string, name: string): string | null {
  if (own === undefined) return 'it has no certificate'
  try {
    const certificate = new X509Certificate(own)
    if (!certificate.checkPrivateKey(createPrivateKey(key))) return 'the key is of another certificate'
    if (certificate.checkHost(name, { subject: 'never' }) === undefined)
      return `it is for ${certificate.subjectAltName}`
    return null
  } catch {
    return 'it cannot be read'
  }
}
