// One certificate from a public authority, by ACME (RFC 8555) and its DNS challenge: no machine of the name need be reached.
import type { Client } from 'acme-client'
import { InvalidInput, MicropopError, MissingHere } from '../../errors.ts'
import { type DnsHook, runDnsHook } from './dns-hook.ts'
import { type Propagation, untilServed } from './propagation.ts'

/** Of one request to the authority; it is tried again where the answer is 429 or 5xx. */
const REQUEST_LIMIT_MS = 20_000
const RETRIES = 1
/** Between looks at an order, growing, and how many. */
const POLL = { backoffMin: 1_000, backoffMax: 10_000, backoffAttempts: 15 }

export interface Authority {
  /** URL of its ACME directory. */
  directoryUrl: string
  /** PEM. */
  accountKey: string
  agreesToTerms: boolean
  /** Told before certificates end; null: nobody is. */
  email: string | null
}

export interface Challenge {
  hook: DnsHook
  propagation: Propagation
  /** Told what goes on, a line at a time. */
  note: (text: string) => void
}

/** PEM. */
export interface Issued {
  chain: string
  key: string
}

/** A new account key or certificate key, PEM. */
export async function newKey(): Promise<string> {
  const { crypto } = await import('acme-client')
  return (await crypto.createPrivateEcdsaKey('P-256')).toString()
}

/**
 * Errors: MP_ACME_TERMS (2), MP_ACME_UNREACHABLE, MP_ACME_REFUSED, those of `runDnsHook` and `untilServed` (3).
 */
export async function orderCertificate(name: string, authority: Authority, how: Challenge): Promise<Issued> {
  const acme = await import('acme-client')
  acme.axios.defaults.timeout = REQUEST_LIMIT_MS
  const { defaults } = acme.axios as unknown as { defaults: { acmeSettings: { retryMaxAttempts: number } } }
  defaults.acmeSettings.retryMaxAttempts = RETRIES
  const { directoryUrl, accountKey } = authority
  const client = new acme.Client({ directoryUrl, accountKey, ...POLL })
  await reach(directoryUrl)
  const asked = async <T>(request: Promise<T>): Promise<T> => {
    try {
      return await request
    } catch (error) {
      throw whyNot(error, directoryUrl)
    }
  }

  if (!authority.agreesToTerms) {
    const terms = await asked(client.getTermsOfServiceUrl())
    throw new InvalidInput(
      'MP_ACME_TERMS',
      `the authority asks for agreement to its terms: ${terms ?? directoryUrl}`,
      'Read them, and say --agree-tos.',
    )
  }
  await asked(openAccount(client, authority.email))
  const order = await asked(client.createOrder({ identifiers: [{ type: 'dns', value: name }] }))
  for (const authorization of await asked(client.getAuthorizations(order))) {
    if (authorization.status === 'valid') continue
    const challenge = authorization.challenges.find(({ type }) => type === 'dns-01')
    if (challenge === undefined) {
      throw new MissingHere(
        'MP_ACME_REFUSED',
        `the authority offers no DNS challenge for ${name}`,
        'Name the directory of one that does with --directory.',
      )
    }
    const value = await client.getChallengeKeyAuthorization(challenge)
    await answered(`_acme-challenge.${authorization.identifier.value}`, value, how, async () => {
      await asked(client.completeChallenge(challenge))
      await asked(client.waitForValidStatus(challenge))
    })
  }
  const key = await newKey()
  const [, request] = await acme.crypto.createCsr({ altNames: [name] }, key)
  const chain = await asked(
    client.finalizeOrder(order, request).then((final) => client.getCertificate(final)),
  )
  return { chain, key }
}

/** The account of this key, which is made where there is none. */
async function openAccount(client: Client, email: string | null): Promise<void> {
  try {
    // With anything else in the request the package would ask to change an account that is there.
    await client.createAccount({ onlyReturnExisting: true })
  } catch {
    const contact = email === null ? {} : { contact: [`mailto:${email}`] }
    await client.createAccount({ termsOfServiceAgreed: true, ...contact })
  }
}

/** Does `then` while the record is served. It is taken out again whatever happens. */
async function answered(
  record: string,
  value: string,
  { hook, propagation, note }: Challenge,
  then: () => Promise<void>,
): Promise<void> {
  try {
    note(`setting ${record}`)
    await runDnsHook(hook, 'present', record, value)
    note('waiting for the name servers')
    await untilServed(record, value, propagation)
    note('waiting for the authority')
    await then()
  } finally {
    // Without the signal: also, and above all, where the user has had enough.
    await runDnsHook({ ...hook, signal: undefined }, 'cleanup', record, value).catch((error: Error) =>
      note(`${record} is still there: ${error.message}`),
    )
  }
}

/** First of all, and by another way than the package's, whose errors do not say why a server is not reached. */
async function reach(directoryUrl: string): Promise<void> {
  try {
    const answer = await fetch(directoryUrl, { signal: AbortSignal.timeout(REQUEST_LIMIT_MS) })
    await answer.body?.cancel()
  } catch (error) {
    const { message, cause } = error as Error
    throw new MissingHere(
      'MP_ACME_UNREACHABLE',
      `the authority at ${directoryUrl} is not reached: ${cause instanceof Error ? cause.message : message}`,
      'Try again with a network. For an authority of your own, name its root in NODE_EXTRA_CA_CERTS.',
      error,
    )
  }
}

function whyNot(error: unknown, directoryUrl: string): MicropopError {
  if (error instanceof MicropopError) return error
  return new MissingHere(
    'MP_ACME_REFUSED',
    `the authority at ${directoryUrl} refuses: ${(error as Error).message}`,
    'Mend what it names. Try with its staging directory first: failures count against its limits.',
    error,
  )
}
