// Makes keys and signs tokens for a PoP, for organisers who have no identity provider, and for tests.
import {
  type CryptoKey,
  calculateJwkThumbprint,
  exportJWK,
  generateKeyPair,
  importJWK,
  type JWK,
  SignJWT,
} from 'jose'
import type { RightsClaim } from './broker/rights.ts'
import { InvalidInput } from './errors.ts'
import { type KeySet, keySetSchema } from './pop-config.ts'

export const SIGNING_ALGORITHMS = ['EdDSA', 'ES256', 'RS256'] as const
export type SigningAlgorithm = (typeof SIGNING_ALGORITHMS)[number]

/** A private key as a JWK (RFC 7517). */
export type SigningKey = JWK & { kid: string; alg: string }

export interface KeyPair {
  /** Secret: whoever has it lets anyone in. */
  signing: SigningKey
  /** For `auth.jwks` of pop.json. */
  public: KeySet['keys'][number]
}

/** RS256 has 2,048 bits. Without a name the key is named by its thumbprint (RFC 7638). */
export async function newKeyPair(alg: SigningAlgorithm, name?: string): Promise<KeyPair> {
  const { privateKey, publicKey } = await generateKeyPair(alg, { extractable: true })
  const kid = name ?? (await calculateJwkThumbprint(await exportJWK(publicKey)))
  const named = async (key: CryptoKey) => ({ ...(await exportJWK(key)), kid, alg })
  const { keys } = keySetSchema.parse({ keys: [await named(publicKey)] })
  return { signing: await named(privateKey), public: keys[0] as KeySet['keys'][number] }
}

/** What one token says. Times are seconds since the Unix epoch. */
export interface TokenClaims {
  client: string
  issuer: string
  audience: string
  /** Of this token alone: a PoP takes each once. */
  jti: string
  issuedAtS: number
  expiresAtS: number
  /** Before it the token is refused; by default it is good at once. */
  notBeforeS?: number
  /** Left out, the client has the rights of any attendee. */
  mp?: RightsClaim
}

/** Signs tokens with one key. Errors: MP_SIGNING_KEY. */
export async function tokenSigner(jwk: unknown): Promise<(claims: TokenClaims) => Promise<string>> {
  const { alg, kid } = (jwk ?? {}) as Partial<SigningKey>
  if (typeof kid !== 'string' || !SIGNING_ALGORITHMS.includes(alg as SigningAlgorithm)) {
    throw notASigningKey(`its alg is none of ${SIGNING_ALGORITHMS.join(', ')}, or it has no kid`)
  }
  const key = (await importJWK(jwk as JWK, alg as string).catch((error: Error) => {
    throw notASigningKey(error.message)
  })) as CryptoKey
  if (key.type !== 'private') throw notASigningKey('it is a public key')
  return ({ client, issuer, audience, jti, issuedAtS, expiresAtS, notBeforeS, mp }) => {
    const token = new SignJWT({ ...(mp && { mp }) })
      .setProtectedHeader({ alg: alg as string, kid, typ: 'JWT' })
      .setSubject(client)
      .setIssuer(issuer)
      .setAudience(audience)
      .setJti(jti)
      .setIssuedAt(issuedAtS)
      .setExpirationTime(expiresAtS)
    if (notBeforeS !== undefined) token.setNotBefore(notBeforeS)
    return token.sign(key)
  }
}

function notASigningKey(why: string): InvalidInput {
  return new InvalidInput(
    'MP_SIGNING_KEY',
    `this is no key that signs tokens: ${why}`,
    'Give the file that `micropop token new-key` wrote.',
  )
}
