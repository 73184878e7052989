// Tokens at the door: whose they are, how long they are good, and that each is used once.
import { createHmac } from 'node:crypto'
import { importJWK, SignJWT } from 'jose'
import { beforeAll, describe, expect, test } from 'vitest'
import type { PopConfig } from '../pop-config.ts'
import { popConfigSchema } from '../pop-config.ts'
import type { Hello } from '../protocol/session.ts'
import { type KeyPair, newKeyPair, SIGNING_ALGORITHMS, type TokenClaims, tokenSigner } from '../token-keys.ts'
import { type Admitted, admission, type Claim, TOKEN_CHARS_MAX, type UsedTokens } from './tokens.ts'

const NOW_S = 1_800_000_000
const auth = popConfigSchema.shape.auth

let eddsa: KeyPair
let es256: KeyPair
let rs256: KeyPair

beforeAll(async () => {
  ;[eddsa, es256, rs256] = (await Promise.all(
    SIGNING_ALGORITHMS.map((alg) => newKeyPair(alg, alg.toLowerCase())),
  )) as [KeyPair, KeyPair, KeyPair]
})

/** Remembers for as long as it lives. */
function rememberedUses(answer?: Claim): UsedTokens {
  const claims = new Map<string, string>()
  return {
    claim: async (claimed) => {
      if (answer) return answer
      const [id, secret] = [claimed.slice(0, 22), claimed.slice(22)]
      const first = claims.get(id)
      if (first !== undefined) return first !== '' && first === secret ? 'again' : 'used'
      claims.set(id, secret)
      return 'first'
    },
  }
}

interface Setting {
  keys?: KeyPair[]
  used?: UsedTokens
  nowS?: number
  resumeKey?: Buffer
}

function admitting({ keys = [eddsa], used = rememberedUses(), nowS = NOW_S, resumeKey }: Setting = {}) {
  const config = auth.parse({
    issuer: 'https://tickets.example.org',
    audience: 'summit',
    jwks: { keys: keys.map((pair) => pair.public) },
  }) as PopConfig['auth']
  return admission(config, {
    used,
    resumeKey: resumeKey ?? Buffer.alloc(32, 7),
    wallMs: () => nowS * 1000,
  })
}

let issued = 0

async function token(claims: Partial<TokenClaims> = {}, pair = eddsa): Promise<string> {
  const sign = await tokenSigner(pair.signing)
  return sign({
    client: 'ada',
    issuer: 'https://tickets.example.org',
    audience: 'summit',
    jti: `token-${issued++}`,
    issuedAtS: NOW_S,
    expiresAtS: NOW_S + 3_600,
    ...claims,
  })
}

function hello(token?: string, resume?: string): Hello {
  return { t: 'hello', client: 'ada', ...(token && { token }), ...(resume && { resume }) }
}

async function codeOf(setting: Setting, given: Hello): Promise<string> {
  const result = await (await admitting(setting)).admit(given)
  return 'code' in result ? result.code : 'admitted'
}

test('an open PoP admits anyone as any attendee, for ever', async () => {
  const open = await admission('open', {
    used: rememberedUses('full'),
    resumeKey: Buffer.alloc(32),
    wallMs: () => 0,
  })
  const { rights, resume, expiresAtMs } = (await open.admit(hello())) as Admitted
  expect(rights.client).toBe('ada')
  expect(rights.may('pub', 'chat')).toBe(true)
  expect({ resume, expiresAtMs }).toEqual({ resume: undefined, expiresAtMs: Number.POSITIVE_INFINITY })
})

test.each(SIGNING_ALGORITHMS)(
  'a token signed with %s is admitted with its rights until it expires',
  async (alg) => {
    const pair = { EdDSA: eddsa, ES256: es256, RS256: rs256 }[alg]
    const given = await token({ mp: { rights: [{ ch: 'chat.*', may: ['sub'] }] } }, pair)
    const admitted = (await (
      await admitting({ keys: [eddsa, es256, rs256] })
    ).admit(hello(given))) as Admitted
    expect(admitted.rights.may('sub', 'chat.main')).toBe(true)
    expect(admitted.rights.may('pub', 'chat.main')).toBe(false)
    // Half a minute more, by which clocks may differ.
    expect(admitted.expiresAtMs).toBe((NOW_S + 3_630) * 1000)
  },
)

describe('a token is refused', () => {
  test('where there is none', async () => {
    expect(await codeOf({}, hello())).toBe('MP_TOKEN_MISSING')
  })

  test('unsigned, with alg none', async () => {
    const [, claims] = (await token()).split('.')
    const header = Buffer.from('{"alg":"none"}').toString('base64url')
    expect(await codeOf({}, hello(`${header}.${claims}.`))).toMatch(/^MP_TOKEN_(ALGORITHM|INVALID)$/)
  })

  test('signed with HS256 and the public key as the secret', async () => {
    const [, claims] = (await token({}, rs256)).split('.')
    const header = Buffer.from('{"alg":"HS256","kid":"rs256"}').toString('base64url')
    for (const secret of [JSON.stringify(rs256.public), (rs256.public as { n: string }).n]) {
      const mac = createHmac('sha256', secret).update(`${header}.${claims}`).digest('base64url')
      const forged = `${header}.${claims}.${mac}`
      expect(await codeOf({ keys: [rs256] }, hello(forged))).toBe('MP_TOKEN_ALGORITHM')
    }
  })

  test('with a kid of another key, or of none', async () => {
    const stranger = await newKeyPair('EdDSA', 'eddsa')
    expect(await codeOf({}, hello(await token({}, stranger)))).toBe('MP_TOKEN_INVALID')
    const unknown = await newKeyPair('EdDSA', 'unknown')
    expect(await codeOf({}, hello(await token({}, unknown)))).toBe('MP_TOKEN_KEY')
  })

  test('whose claims were changed', async () => {
    const [header, claims, signature] = (await token()).split('.') as [string, string, string]
    const changed = Buffer.from(claims, 'base64url').toString().replace('"summit"', '"summat"')
    const forged = [header, Buffer.from(changed).toString('base64url'), signature].join('.')
    expect(await codeOf({}, hello(forged))).toBe('MP_TOKEN_INVALID')
  })

  test.each<[string, Partial<TokenClaims>, string]>([
    ['of another issuer', { issuer: 'https://elsewhere.example.org' }, 'MP_TOKEN_ISSUER'],
    ['for another audience', { audience: 'other' }, 'MP_TOKEN_AUDIENCE'],
    ['of another client', { client: 'bob' }, 'MP_TOKEN_CLIENT'],
    ['with rights that cannot be read', { mp: { rights: 'all' } as never }, 'MP_TOKEN_RIGHTS'],
  ])('%s', async (_, claims, code) => {
    expect(await codeOf({}, hello(await token(claims)))).toBe(code)
  })

  test('without an end', async () => {
    const endless = await new SignJWT({})
      .setProtectedHeader({ alg: 'EdDSA', kid: 'eddsa' })
      .setSubject('ada')
      .setIssuer('https://tickets.example.org')
      .setAudience('summit')
      .sign(await importJWK(eddsa.signing, 'EdDSA'))
    expect(await codeOf({}, hello(endless))).toBe('MP_TOKEN_INVALID')
  })

  test('longer than a token is', async () => {
    expect(await codeOf({}, hello('x'.repeat(TOKEN_CHARS_MAX + 1)))).toBe('MP_TOKEN_TOO_LONG')
  })

  test('that is no token at all', async () => {
    for (const garbage of ['x', '..', 'a.b.c', '💥.💥.💥', 'e30.e30.']) {
      expect(await codeOf({}, hello(garbage))).toMatch(/^MP_TOKEN_(INVALID|KEY|ALGORITHM)$/)
    }
  })

  test('while no more uses can be remembered', async () => {
    expect(await codeOf({ used: rememberedUses('full') }, hello(await token()))).toBe('MP_TOKENS_FULL')
  })

  test('in words that quote nothing of it', async () => {
    const claims = { client: 'secret-sub', issuer: 'secret-iss', audience: 'secret-aud', jti: 'secret-jti' }
    const door = await admitting()
    for (const given of [await token(claims), await token({ client: 'secret-sub' })]) {
      const denied = await door.admit(hello(given))
      expect(JSON.stringify(denied)).not.toMatch(/secret/)
    }
  })
})

test.each([
  ['expired within the tolerance', { expiresAtS: NOW_S - 29 }, 'admitted'],
  ['expired beyond it', { expiresAtS: NOW_S - 31 }, 'MP_TOKEN_EXPIRED'],
  ['not valid for as long as clocks may differ', { notBeforeS: NOW_S + 29 }, 'admitted'],
  ['not valid for longer', { notBeforeS: NOW_S + 31 }, 'MP_TOKEN_EARLY'],
])('clocks may differ by half a minute: a token that is %s', async (_, claims, expected) => {
  expect(await codeOf({}, hello(await token(claims)))).toBe(expected)
})

test('keys are rotated: the old and the new are good together, the old alone no more', async () => {
  const next = await newKeyPair('EdDSA', 'next')
  const before = await token()
  const after = await token({}, next)
  expect(await codeOf({ keys: [eddsa, next] }, hello(before))).toBe('admitted')
  expect(await codeOf({ keys: [eddsa, next] }, hello(after))).toBe('admitted')
  expect(await codeOf({ keys: [next] }, hello(before))).toBe('MP_TOKEN_KEY')
})

describe('replay', () => {
  async function admitted(door: Awaited<ReturnType<typeof admitting>>, given: Hello): Promise<string> {
    const result = await door.admit(given)
    if ('code' in result) throw new Error(result.code)
    return result.resume as string
  }

  test('a token is taken once, and again only with the secret of its first welcome', async () => {
    const door = await admitting()
    const given = await token()
    const resume = await admitted(door, hello(given))
    expect(await door.admit(hello(given))).toMatchObject({ code: 'MP_TOKEN_REPLAYED' })
    expect(await door.admit(hello(given, `${resume.slice(0, -1)}!`))).toMatchObject({
      code: 'MP_TOKEN_REPLAYED',
    })
    expect(await admitted(door, hello(given, resume))).toBe(resume)
    expect(await admitted(door, hello(given, resume))).toBe(resume)
  })

  test('a client whose first welcome was lost comes in again with the secret it drew itself', async () => {
    const door = await admitting()
    const given = await token()
    const own = 'drawn-by-the-client-itself'
    await admitted(door, hello(given, own))
    const resume = await admitted(door, hello(given, own))
    expect(await door.admit(hello(given))).toMatchObject({ code: 'MP_TOKEN_REPLAYED' })
    expect(await door.admit(hello(given, `${own}!`))).toMatchObject({ code: 'MP_TOKEN_REPLAYED' })
    await admitted(door, hello(given, resume))
  })

  test('what is too short to be a secret opens nothing twice', async () => {
    const door = await admitting()
    const given = await token()
    await admitted(door, hello(given, '1234'))
    expect(await door.admit(hello(given, '1234'))).toMatchObject({ code: 'MP_TOKEN_REPLAYED' })
  })

  test('of a hundred at once that show the same token, one comes in', async () => {
    const door = await admitting()
    const given = await token()
    const results = await Promise.all(Array.from({ length: 100 }, () => door.admit(hello(given))))
    expect(results.filter((result) => 'rights' in result)).toHaveLength(1)
  })

  test('the secret of one token resumes no other', async () => {
    const door = await admitting()
    const [one, other] = [await token(), await token()]
    const resume = await admitted(door, hello(one))
    await admitted(door, hello(other))
    expect(await door.admit(hello(other, resume))).toMatchObject({ code: 'MP_TOKEN_REPLAYED' })
  })

  test('a client that was sent here goes on with the secret that the other PoP gave', async () => {
    const given = await token()
    const elsewhere = await admitted(await admitting({ resumeKey: Buffer.alloc(32, 8) }), hello(given))
    const here = await admitting()
    await admitted(here, hello(given, elsewhere))
    await admitted(here, hello(given, elsewhere))
    expect(await here.admit(hello(given))).toMatchObject({ code: 'MP_TOKEN_REPLAYED' })
  })

  test('an expired token is not resumed either', async () => {
    const used = rememberedUses()
    const given = await token()
    const resume = await admitted(await admitting({ used }), hello(given))
    const later = await admitting({ used, nowS: NOW_S + 3_631 })
    expect(await later.admit(hello(given, resume))).toMatchObject({ code: 'MP_TOKEN_EXPIRED' })
  })

  test('a token without jti is known by what was signed, whatever its signature is rewritten to', async () => {
    const given = await new SignJWT({})
      .setProtectedHeader({ alg: 'ES256', kid: 'es256' })
      .setSubject('ada')
      .setIssuer('https://tickets.example.org')
      .setAudience('summit')
      .setExpirationTime(NOW_S + 60)
      .sign(await importJWK(es256.signing, 'ES256'))
    const rewritten = withOtherSignature(given)
    const door = await admitting({ keys: [es256] })
    expect(rewritten).not.toBe(given)
    await admitted(door, hello(given))
    expect(await door.admit(hello(rewritten))).toMatchObject({ code: 'MP_TOKEN_REPLAYED' })
  })
})

/** The other valid ECDSA signature of the same: (r, n − s), with n the order of P-256 (FIPS 186-5, SP 800-186). */
function withOtherSignature(given: string): string {
  const order = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n
  const [header, claims, signature] = given.split('.') as [string, string, string]
  const bytes = Buffer.from(signature, 'base64url')
  const s = BigInt(`0x${bytes.subarray(32).toString('hex')}`)
  const other = Buffer.from((order - s).toString(16).padStart(64, '0'), 'hex')
  return [header, claims, Buffer.concat([bytes.subarray(0, 32), other]).toString('base64url')].join('.')
}

test('a key that is none is named at start', async () => {
  const config = auth.parse({
    issuer: 'i',
    audience: 'a',
    jwks: { keys: [{ kid: 'bad', kty: 'EC', crv: 'P-256', x: 'A'.repeat(43), y: 'A'.repeat(43) }] },
  })
  const parts = { used: rememberedUses(), resumeKey: Buffer.alloc(32), wallMs: () => 0 }
  await expect(admission(config, parts)).rejects.toMatchObject({ code: 'MP_AUTH_KEY' })
})

test('pop.json takes no private key', () => {
  const config = { issuer: 'i', audience: 'a', jwks: { keys: [eddsa.signing] } }
  expect(JSON.stringify(auth.safeParse(config).error?.issues)).toContain('this is a private key')
})
