// Who a client is, by its token: a JWT (RFC 7519) signed with a key that pop.json holds, good for one session and for
// resuming that one. Verification is done in the thread that has the session; what was used is asked of one place.
//
// Replay. A token that was used is taken again only with a secret: the one that its welcome gave, an HMAC over the
// token's id under a key that stays in this PoP's data folder; or one that the client drew itself and showed from the
// first hello on, so that a welcome which was lost on the way locks nobody out. Each PoP knows only what was used at
// itself: where one token must not open a session at two PoPs, give each PoP an audience of its own.
import { createHash, createHmac, timingSafeEqual } from 'node:crypto'
import { type CryptoKey, errors, importJWK, type JWTHeaderParameters, type JWTPayload, jwtVerify } from 'jose'
import { InvalidInput } from '../errors.ts'
import type { KeySet, PopConfig } from '../pop-config.ts'
import type { Hello } from '../protocol/session.ts'
import type { Denial } from './part.ts'
import { openRights, type Rights, rightsOf } from './rights.ts'

/** Characters of a token. With the most rules, the longest channels and RS256 it has about half of these. */
export const TOKEN_CHARS_MAX = 16 * 1024

export interface Admitted {
  rights: Rights
  /** For the welcome; undefined where the PoP asks for no tokens. */
  resume: string | undefined
  /** The session ends then, ms since the Unix epoch. Infinite where the PoP asks for no tokens. */
  expiresAtMs: number
}

/** What decides on a hello. The frames that a client sends behind it wait until it has. */
export interface Admission {
  admit(hello: Hello): Promise<Admitted | Denial>
}

/** Shorter ones are no secrets, and count as none. */
const OWN_SECRET_CHARS_MIN = 22

/**
 * What became of the claim to a token. `again`: it was used, by who shows the same secret. `used`: by another.
 * `full`: no more can be remembered until others expire.
 */
export type Claim = 'first' | 'again' | 'used' | 'full'

/** One for the whole PoP: session threads ask the main thread by message, which answers from a UsedTokenFile. */
export interface UsedTokens {
  /**
   * `id`: the token's, 22 characters, and behind it 22 more that stand for the client's own secret, where it has one.
   * It is remembered until `expiresAtMs` (since the Unix epoch).
   */
  claim(id: string, expiresAtMs: number): Promise<Claim>
}

export interface AdmissionParts {
  used: UsedTokens
  /** 32 bytes, the same in all threads and after a restart: see `resumeKey`. */
  resumeKey: Buffer
  /** ms since the Unix epoch. */
  wallMs: () => number
}

/** Admission as pop.json wants it. Errors: MP_AUTH_KEY where a key is none. */
export async function admission(auth: PopConfig['auth'], parts: AdmissionParts): Promise<Admission> {
  return auth === 'open' ? OPEN : new TokenAdmission(auth, await importKeys(auth.jwks), parts)
}

const OPEN: Admission = {
  admit: async ({ client }) => ({
    rights: openRights(client),
    resume: undefined,
    expiresAtMs: Number.POSITIVE_INFINITY,
  }),
}

interface VerificationKey {
  key: CryptoKey
  alg: string
}

type TokenAuth = Exclude<PopConfig['auth'], 'open'>

class TokenAdmission implements Admission {
  readonly #auth: TokenAuth
  readonly #keys: ReadonlyMap<string, VerificationKey>
  readonly #parts: AdmissionParts

  constructor(auth: TokenAuth, keys: ReadonlyMap<string, VerificationKey>, parts: AdmissionParts) {
    this.#auth = auth
    this.#keys = keys
    this.#parts = parts
  }

  async admit({ client, token, resume }: Hello): Promise<Admitted | Denial> {
    if (token === undefined) return denial('MP_TOKEN_MISSING', 'this PoP asks for a token in hello')
    if (token.length > TOKEN_CHARS_MAX) {
      return denial('MP_TOKEN_TOO_LONG', `a token has at most ${TOKEN_CHARS_MAX} characters`)
    }
    const verified = await this.#verify(token)
    if ('denied' in verified) return verified.denied
    const { sub, exp, jti, mp } = verified.claims
    if (sub !== client)
      return denial('MP_TOKEN_CLIENT', 'the token is of another client: `sub` is not `client`')
    const rights = rightsOf(client, mp)
    if (!rights) return denial('MP_TOKEN_RIGHTS', 'the claim `mp` of the token is not in the form of rights')

    const id = idOf(token, jti)
    const secret = this.#resumeSecret(id)
    const expiresAtMs = msOf((exp as number) + this.#auth.clockToleranceS)
    if (resume === undefined || !sameSecret(resume, secret)) {
      const own = resume !== undefined && resume.length >= OWN_SECRET_CHARS_MIN
      const claimed = own ? id + digestOf(`own ${id} ${resume}`) : id
      const claim = await this.#parts.used.claim(claimed, expiresAtMs)
      if (claim === 'used') {
        return denial(
          'MP_TOKEN_REPLAYED',
          'the token was used before: show the resume secret that it was used with, or get another token',
        )
      }
      if (claim === 'full') return denial('MP_TOKENS_FULL', 'too many tokens are in use: try again later')
    }
    return { rights, resume: secret, expiresAtMs }
  }

  async #verify(token: string): Promise<{ claims: JWTPayload } | { denied: Denial }> {
    try {
      const { payload } = await jwtVerify(token, (header) => this.#keyFor(header), {
        issuer: this.#auth.issuer,
        audience: this.#auth.audience,
        clockTolerance: this.#auth.clockToleranceS,
        currentDate: new Date(this.#parts.wallMs()),
        requiredClaims: ['sub', 'exp'],
      })
      return { claims: payload }
    } catch (error) {
      if (error instanceof errors.JOSEError) return { denied: denialOf(error) }
      throw error
    }
  }

  /** The key decides the algorithm, never the token: else a public key would pass for an HMAC secret. */
  #keyFor({ alg, kid }: JWTHeaderParameters): CryptoKey {
    const only = this.#keys.size === 1 && kid === undefined ? [...this.#keys.values()][0] : undefined
    const known = only ?? this.#keys.get(kid ?? '')
    if (!known) throw new errors.JWKSNoMatchingKey()
    if (known.alg !== alg) throw new errors.JOSEAlgNotAllowed()
    return known.key
  }

  #resumeSecret(id: string): string {
    return createHmac('sha256', this.#parts.resumeKey).update(`micropop resume ${id}`).digest('base64url')
  }
}

async function importKeys({ keys }: KeySet): Promise<Map<string, VerificationKey>> {
  const imported = keys.map(async ({ d: _, ...jwk }) => {
    const key = (await importJWK(jwk, jwk.alg).catch((error: Error) => {
      throw new InvalidInput(
        'MP_AUTH_KEY',
        `auth.jwks: the key "${jwk.kid}" cannot be used: ${error.message}`,
        'Give the public keys that `micropop token new-key` wrote, or those of your identity provider.',
      )
    })) as CryptoKey
    return [jwk.kid, { key, alg: jwk.alg }] as const
  })
  return new Map(await Promise.all(imported))
}

/**
 * The token's `jti`, or where it has none what was signed; hashed, so that each takes the same room. Not the token as
 * it stands: an ECDSA signature can be rewritten into a second valid one by anyone (r, n − s).
 */
function idOf(token: string, jti: string | undefined): string {
  const what = jti === undefined ? `signed ${token.slice(0, token.lastIndexOf('.'))}` : `jti ${jti}`
  return digestOf(what)
}

/** 22 characters: 132 bits. */
function digestOf(text: string): string {
  return createHash('sha256').update(text).digest('base64url').slice(0, 22)
}

/** Whole, and of a size that can be kept, whatever number the token has. */
function msOf(seconds: number): number {
  return Math.min(Math.ceil(seconds * 1000), Number.MAX_SAFE_INTEGER)
}

/** In constant time: how long it takes tells nothing of how much was right. */
function sameSecret(given: string, secret: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest()
  return timingSafeEqual(digest(given), digest(secret))
}

function denial(code: string, why: string): Denial {
  return { code, why }
}

/** Of what jose found. Its messages are left out: they quote the token's claims. */
function denialOf(error: errors.JOSEError): Denial {
  if (error instanceof errors.JWTExpired) return denial('MP_TOKEN_EXPIRED', 'the token has expired')
  if (error instanceof errors.JWKSNoMatchingKey) {
    return denial('MP_TOKEN_KEY', 'the token names no key (`kid`) that this PoP knows')
  }
  if (error instanceof errors.JOSEAlgNotAllowed) {
    return denial('MP_TOKEN_ALGORITHM', 'the token is not signed with the algorithm of its key')
  }
  if (error instanceof errors.JWTClaimValidationFailed) {
    const { claim, reason } = error
    if (reason === 'missing') return denial('MP_TOKEN_INVALID', `the token lacks the claim \`${claim}\``)
    if (claim === 'iss') return denial('MP_TOKEN_ISSUER', 'the token is of another issuer')
    if (claim === 'aud') return denial('MP_TOKEN_AUDIENCE', 'the token is for another audience')
    if (claim === 'nbf') return denial('MP_TOKEN_EARLY', 'the token is not valid yet')
    return denial('MP_TOKEN_INVALID', `the token's claim \`${claim}\` is malformed`)
  }
  return denial('MP_TOKEN_INVALID', 'the token is malformed, or its signature is wrong')
}
