// `micropop token` as an organiser runs it: keys, tokens that a PoP admits, and secrets that stay secret.
import { execFile } from 'node:child_process'
import { readFileSync, statSync, writeFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { type Admitted, admission } from '../runtime/broker/tokens.ts'
import { systemClock } from '../runtime/pop/clock.ts'
import { popConfigSchema } from '../runtime/pop-config.ts'

const COMMAND = join(import.meta.dirname, 'micropop.mjs')
const TIMEOUT_MS = 60_000

let folder: string

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'micropop-token-'))
})

afterEach(async () => {
  await rm(folder, { recursive: true })
})

function token(...args: string[]) {
  return promisify(execFile)(process.execPath, [COMMAND, 'token', ...args], {
    cwd: folder,
    timeout: TIMEOUT_MS,
  })
}

const text = (file: string) => readFileSync(join(folder, file), 'utf8')

/** Admits as a PoP does that has the key set. */
async function admitted(client: string, given: string): Promise<Admitted> {
  const auth = popConfigSchema.shape.auth.parse({
    issuer: 'tickets',
    audience: 'summit',
    jwks: JSON.parse(text('event-keys.jwks.json')),
  })
  const used = { claim: async () => 'first' as const }
  const parts = { used, resumeKey: Buffer.alloc(32), wallMs: systemClock.wallMs }
  const result = await (await admission(auth, parts)).admit({ t: 'hello', client, token: given })
  if ('code' in result) throw new Error(result.code)
  return result
}

const FOR_SUMMIT = ['--issuer', 'tickets', '--audience', 'summit']

test('a new key signs tokens that a PoP admits, with their rights', { timeout: TIMEOUT_MS }, async () => {
  const made = await token('new-key')
  expect(statSync(join(folder, 'event-key.jwk.json')).mode & 0o777).toBe(0o600)
  const secret = JSON.parse(text('event-key.jwk.json')).d
  expect(text('event-keys.jwks.json') + made.stdout + made.stderr).not.toContain(secret)

  const rules = ['--may', 'chat.staff=', '--may', 'chat.*=sub,pub']
  const { stdout, stderr } = await token(
    'sign',
    '--client',
    'ada',
    '--client',
    'bob',
    ...FOR_SUMMIT,
    ...rules,
  )
  const [ada = '', bob = '', ...rest] = stdout.split('\n')
  expect([rest, stderr]).toEqual([[''], ''])
  const { rights, expiresAtMs } = await admitted('ada', ada)
  expect(rights.may('pub', 'chat.main')).toBe(true)
  expect(rights.may('pub', 'chat.staff')).toBe(false)
  expect(expiresAtMs - systemClock.wallMs()).toBeGreaterThan(11 * 3_600_000)
  expect((await admitted('bob', bob)).rights.may('operate', 'show.cues')).toBe(false)
})

test('a second key joins the set, and an operator may run the show', { timeout: TIMEOUT_MS }, async () => {
  await token('new-key', '--kid', 'spring')
  await token('new-key', '--kid', 'autumn', '--out', 'autumn.jwk.json', '--alg', 'ES256')
  const { keys } = JSON.parse(text('event-keys.jwks.json'))
  expect(keys.map(({ kid }: { kid: string }) => kid)).toEqual(['spring', 'autumn'])
  for (const key of ['event-key.jwk.json', 'autumn.jwk.json']) {
    const { stdout } = await token('sign', '--key', key, '--client', 'ada', '--operator', ...FOR_SUMMIT)
    expect((await admitted('ada', stdout.trim())).rights.may('operate', 'show.cues')).toBe(true)
  }
})

test('a secret key is printed where that is asked for, and then not kept', {
  timeout: TIMEOUT_MS,
}, async () => {
  const { stdout } = await token('new-key', '--out', '-')
  expect(JSON.parse(stdout)).toMatchObject({ kty: 'OKP', d: expect.any(String) })
  expect(() => text('event-key.jwk.json')).toThrow()
})

test('mistakes are told without a word of what the files hold', { timeout: TIMEOUT_MS }, async () => {
  await token('new-key', '--kid', 'one')
  writeFileSync(join(folder, 'broken'), 'secret words')
  const failures: [string[], string][] = [
    [['new-key'], 'MP_FILE_EXISTS'],
    [['new-key', '--kid', 'one', '--out', 'other'], 'two keys have the same kid'],
    [['new-key', '--jwks', 'event-key.jwk.json', '--out', 'other'], 'MP_KEY_SET'],
    [['sign', '--client', 'ada', '--key', 'none', ...FOR_SUMMIT], 'MP_SIGNING_KEY'],
    [['sign', '--client', 'ada', '--key', 'broken', ...FOR_SUMMIT], 'MP_KEY_FILE'],
    [['sign', '--client', 'ada', '--key', 'event-keys.jwks.json', ...FOR_SUMMIT], 'MP_SIGNING_KEY'],
    [['sign', '--client', 'ada'], 'MP_TOKEN_CLAIMS'],
    [['sign', '--client', 'no spaces', ...FOR_SUMMIT], '1 to 64'],
    [['sign', '--client', 'ada', '--may', 'chat=own', ...FOR_SUMMIT], '"own" is none of'],
    [['sign', '--client', 'ada', '--lasts', '90', ...FOR_SUMMIT], '90'],
  ]
  const { d } = JSON.parse(text('event-key.jwk.json'))
  await Promise.all(
    failures.map(async ([args, told]) => {
      const error = await token(...args).catch((reason) => reason)
      expect([args, error.code]).toEqual([args, 2])
      expect(error.stderr).toContain(told)
      expect(error.stdout + error.stderr).not.toMatch(/secret words/)
      expect(error.stdout + error.stderr).not.toContain(d)
    }),
  )
  expect(() => text('other')).toThrow()
})
