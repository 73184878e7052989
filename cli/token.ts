// `micropop token`: makes keys and signs attendees' tokens, for an event without an identity provider.
import { randomUUID } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { Command, InvalidArgumentError, Option } from 'commander'
import { readDuration } from '../infra/event/units.ts'
import { ACTIONS, type Action, type RightsClaim } from '../runtime/broker/rights.ts'
import { InvalidInput } from '../runtime/errors.ts'
import { systemClock } from '../runtime/pop/clock.ts'
import { CHANNEL_PATTERN, type KeySet, keySetSchema } from '../runtime/pop-config.ts'
import { newKeyPair, SIGNING_ALGORITHMS, type SigningAlgorithm, tokenSigner } from '../runtime/token-keys.ts'
import { SECRET, writeNewFile } from './new-file.ts'

/** As the wire takes it. */
const CLIENT = /^[A-Za-z0-9_-]{1,64}$/

export function tokenCommand(): Command {
  return new Command('token')
    .description("make keys and sign attendees' tokens, for an event without an identity provider")
    .addCommand(newKeyCommand())
    .addCommand(signCommand())
}

interface NewKeyOptions {
  alg: SigningAlgorithm
  kid?: string
  out: string
  jwks: string
}

function newKeyCommand(): Command {
  return new Command('new-key')
    .description('make a key that signs tokens, and add its public half to the key set that PoPs verify with')
    .addOption(new Option('--alg <algorithm>', 'how it signs').choices(SIGNING_ALGORITHMS).default('EdDSA'))
    .option('--kid <name>', 'what tokens call the key; by default its thumbprint')
    .option('--out <file>', 'where the secret key goes, for you alone; - prints it', 'event-key.jwk.json')
    .option('--jwks <file>', 'the key set: made, or added to', 'event-keys.jwks.json')
    .action(async ({ alg, kid, out, jwks }: NewKeyOptions) => {
      const kept = await readKeySet(jwks)
      const pair = await newKeyPair(alg, kid)
      const keys = [...(kept?.keys ?? []), pair.public]
      const added = keySetSchema.safeParse({ keys })
      if (!added.success) {
        const why = added.error.issues[0]?.message ?? 'it is full'
        throw new InvalidInput('MP_KEY_SET', why, 'Take a key out of it, or give another --kid.', {
          file: jwks,
        })
      }
      const secret = `${JSON.stringify(pair.signing, null, 2)}\n`
      if (out === '-') process.stdout.write(secret)
      else await writeNewFile(out, secret, false, SECRET)
      await writeNewFile(jwks, `${JSON.stringify(added.data, null, 2)}\n`, kept !== null)
      process.stderr.write(
        `${out === '-' ? 'The key above' : out} signs tokens: keep it secret. ${jwks} is for the event file, under \`auth\`.\n`,
      )
    })
}

interface SignOptions {
  key: string
  client: string[]
  event?: string
  issuer?: string
  audience?: string
  lasts: number
  may: Rule[]
  operator?: true
}

type Rule = NonNullable<RightsClaim['rights']>[number]

function signCommand(): Command {
  return new Command('sign')
    .description('print a token for each client, one a line; a PoP takes each once')
    .requiredOption('--client <id...>', 'whom it is for: 1 to 64 of A-Z, a-z, 0-9, _ and -', clients)
    .option('--key <file>', 'the secret key', 'event-key.jwk.json')
    .option('--event <file>', 'the event file whose `auth` names issuer and audience')
    .option('--issuer <iss>', 'who issues the token, in place of --event')
    .option('--audience <aud>', 'whom it is for, in place of --event')
    .option('--lasts <duration>', 'for how long it is good, such as 90m', duration, 12 * 3_600)
    .option('--may <rule>', `a right, such as chat.*=sub,pub; the first that matches counts`, rules, [])
    .option('--operator', 'every right: to run the show')
    .addHelpText('after', `\nRights: ${ACTIONS.join(', ')}. Without any the client has those of an attendee.`)
    .action(async (options: SignOptions) => {
      const { issuer, audience } = await claimsFor(options)
      const sign = await signerOf(options.key)
      const issuedAtS = Math.floor(systemClock.wallMs() / 1_000)
      const mp: RightsClaim | undefined = options.operator
        ? { operator: true }
        : options.may.length > 0
          ? { rights: options.may }
          : undefined
      for (const client of options.client) {
        const expiresAtS = issuedAtS + options.lasts
        const claims = { client, issuer, audience, jti: randomUUID(), issuedAtS, expiresAtS }
        process.stdout.write(`${await sign({ ...claims, ...(mp && { mp }) })}\n`)
      }
    })
}

async function claimsFor({
  event,
  issuer,
  audience,
}: SignOptions): Promise<{ issuer: string; audience: string }> {
  if (issuer !== undefined && audience !== undefined) return { issuer, audience }
  if (event === undefined) {
    throw new InvalidInput(
      'MP_TOKEN_CLAIMS',
      'nothing says whose token this is, and for whom',
      'Name the event file with --event, or give --issuer and --audience.',
    )
  }
  const { loadEvent } = await import('../infra/event/load.ts')
  const { auth } = loadEvent(event)
  if (auth) return { issuer: issuer ?? auth.issuer, audience: audience ?? auth.audience }
  throw new InvalidInput(
    'MP_TOKEN_CLAIMS',
    'the event asks for no tokens',
    'Write a section `auth` in it first.',
    {
      file: event,
    },
  )
}

/** null where there is none yet. */
async function readKeySet(file: string): Promise<KeySet | null> {
  const json = await readJson(file)
  if (json === undefined) return null
  const parsed = keySetSchema.safeParse(json)
  if (parsed.success) return parsed.data
  const [issue] = parsed.error.issues
  throw new InvalidInput(
    'MP_KEY_SET',
    `${issue?.path.join('.') || 'keys'}: ${issue?.message}`,
    'Name a JSON Web Key Set of public keys, or a file that is not there yet.',
    { file },
  )
}

async function signerOf(file: string): ReturnType<typeof tokenSigner> {
  const jwk = await readJson(file)
  if (jwk !== undefined) return tokenSigner(jwk)
  throw new InvalidInput(
    'MP_SIGNING_KEY',
    'there is no such file',
    'Make a key with `micropop token new-key`, or name its file with --key.',
    { file },
  )
}

/** undefined where there is no such file. What is in it is never quoted: it may be secret. */
async function readJson(file: string): Promise<unknown> {
  let text: string
  try {
    text = await readFile(file, 'utf8')
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    if (code === 'ENOENT') return undefined
    throw new InvalidInput('MP_KEY_FILE', `cannot be read: ${message}`, 'Name a file with keys.', { file })
  }
  try {
    return JSON.parse(text)
  } catch {
    throw new InvalidInput(
      'MP_KEY_FILE',
      'it is not JSON',
      'Name a file that `micropop token new-key` wrote.',
      {
        file,
      },
    )
  }
}

function clients(id: string, before: string[] = []): string[] {
  if (CLIENT.test(id)) return [...before, id]
  throw new InvalidArgumentError('It takes 1 to 64 of A-Z, a-z, 0-9, _ and -.')
}

/** Seconds. */
function duration(text: string): number {
  const read = readDuration(text)
  if (read.ok && read.value >= 1) return Math.floor(read.value)
  throw new InvalidArgumentError(read.ok ? 'It must be a second or more.' : read.why)
}

function rules(text: string, before: Rule[]): Rule[] {
  const [ch = '', actions] = text.split('=')
  const may = (actions ?? '').split(',').filter((action) => action !== '') as Action[]
  const wrong = may.find((action) => !ACTIONS.includes(action))
  if (actions === undefined || !CHANNEL_PATTERN.test(ch)) {
    throw new InvalidArgumentError(
      'Write a channel, or its beginning and *, then = and rights: chat.*=sub,pub',
    )
  }
  if (wrong !== undefined) throw new InvalidArgumentError(`"${wrong}" is none of ${ACTIONS.join(', ')}.`)
  return [...before, { ch, may }]
}
