// AWS asked for prices, with the user's credentials: the Price List Query API, and the history of the spot market.
import { DescribeSpotPriceHistoryCommand, EC2Client } from '@aws-sdk/client-ec2'
import { GetProductsCommand, PricingClient } from '@aws-sdk/client-pricing'
import { MicropopError, MissingHere } from '../../../runtime/errors.ts'
import { type Product, readProduct } from './products.ts'
import type { Question } from './question.ts'
import type { SpotChange } from './spot-history.ts'

/** The price list of every region is served here. */
const LIST_REGION = 'us-east-1'
/** A question has at most a dozen pages; more is not an answer to it. */
const PAGES_MAX = 100
const PRODUCTS_A_PAGE = 100
const CHANGES_A_PAGE = 1000
const ATTEMPTS = 4
const TIMEOUTS = { connectionTimeout: 5_000, requestTimeout: 30_000 }
const RIGHTS = 'The rights are pricing:GetProducts and ec2:DescribeSpotPriceHistory.'

export interface AskOptions {
  signal: AbortSignal
  /** Called for every page of an answer. */
  onPage: (page: number) => void
  /** Instead of AWS's own. */
  endpoint?: string
}

/** Products that fit the question's filters, a page at a time. Errors as `refusal` says. */
export async function* askPriceList(question: Question, options: AskOptions): AsyncGenerator<Product> {
  using client = new Closing(new PricingClient(configOf(LIST_REGION, options)))
  let token: string | undefined
  for (let page = 1; page <= PAGES_MAX; page++) {
    options.onPage(page)
    const answer = await client.it
      .send(
        new GetProductsCommand({
          ServiceCode: question.serviceCode,
          FormatVersion: 'aws_v1',
          Filters: Object.entries(question.filters).map(([Field, Value]) => ({
            ...{ Type: 'TERM_MATCH', Field, Value },
          })),
          MaxResults: PRODUCTS_A_PAGE,
          NextToken: token,
        }),
        { abortSignal: options.signal },
      )
      .catch((error) => {
        throw refusal(error, options.signal)
      })
    for (const text of answer.PriceList ?? []) {
      const product = readProduct(String(text))
      if (product !== null) yield product
    }
    token = answer.NextToken
    if (token === undefined) return
  }
  throw tooMuch(question.title)
}

/** Changes of Linux prices in the window, with the price before it. Errors as `refusal` says. */
export async function askSpotHistory(
  region: string,
  types: readonly string[],
  window: { startMs: number; endMs: number },
  options: AskOptions,
): Promise<SpotChange[]> {
  using client = new Closing(new EC2Client(configOf(region, options)))
  const changes: SpotChange[] = []
  let token: string | undefined
  for (let page = 1; page <= PAGES_MAX; page++) {
    options.onPage(page)
    const answer = await client.it
      .send(
        new DescribeSpotPriceHistoryCommand({
          InstanceTypes: types as never[],
          ProductDescriptions: ['Linux/UNIX'],
          StartTime: new Date(window.startMs),
          EndTime: new Date(window.endMs),
          MaxResults: CHANGES_A_PAGE,
          NextToken: token,
        }),
        { abortSignal: options.signal },
      )
      .catch((error) => {
        throw refusal(error, options.signal)
      })
    for (const { InstanceType, AvailabilityZone, SpotPrice, Timestamp } of answer.SpotPriceHistory ?? []) {
      if (!InstanceType || !AvailabilityZone || !SpotPrice || !Timestamp) continue
      const atMs = Timestamp.getTime()
      changes.push({ type: InstanceType, zone: AvailabilityZone, priceUsd: SpotPrice, atMs })
    }
    token = answer.NextToken || undefined
    if (token === undefined) return changes
  }
  throw tooMuch('the spot market')
}

/** A client closes its connections when the question is answered, or nobody waits for the answer any more. */
class Closing<C extends { destroy(): void }> {
  readonly it: C
  constructor(client: C) {
    this.it = client
  }
  [Symbol.dispose](): void {
    this.it.destroy()
  }
}

function configOf(region: string, { endpoint }: AskOptions) {
  return {
    region,
    maxAttempts: ATTEMPTS,
    requestHandler: TIMEOUTS,
    ...(endpoint !== undefined && { endpoint }),
  }
}

const NO_CREDENTIALS = /^(CredentialsProviderError|TokenProviderError)$/
const REFUSED =
  /^(AccessDenied|AuthFailure|UnauthorizedOperation|UnrecognizedClient|InvalidClientTokenId|ExpiredToken|InvalidSignature|SignatureDoesNotMatch|RequestExpired|OptInRequired)/

/** What AWS or the SDK said, by its name alone: its text can quote keys and accounts. Error: MP_AWS_CREDENTIALS, MP_AWS_REFUSED, MP_AWS_FAILED; the signal's reason where it was aborted. */
function refusal(error: unknown, signal: AbortSignal): unknown {
  if (signal.aborted) return signal.reason
  const name = error instanceof Error && /^[\w.]{1,80}$/.test(error.name) ? error.name : 'an error'
  if (NO_CREDENTIALS.test(name)) {
    return new MissingHere(
      'MP_AWS_CREDENTIALS',
      'there are no AWS credentials to ask for prices with',
      `Log in with \`aws sso login\` or \`aws configure\`, and name the profile in AWS_PROFILE. ${RIGHTS}`,
    )
  }
  if (REFUSED.test(name)) {
    return new MissingHere(
      'MP_AWS_REFUSED',
      `AWS refuses the credentials: ${name}`,
      `Log in again. ${RIGHTS}`,
    )
  }
  const code = (error as { code?: unknown }).code
  const why = typeof code === 'string' && /^[A-Z_]{1,40}$/.test(code) ? `${name}, ${code}` : name
  return new MicropopError('MP_AWS_FAILED', `AWS cannot be asked for prices: ${why}`, {
    exitCode: 3,
    remedy: 'Look whether this machine reaches AWS, and try again. Nothing was written.',
  })
}

function tooMuch(what: string): MicropopError {
  return new MicropopError('MP_AWS_FAILED', `the answer about ${what} has more than ${PAGES_MAX} pages`, {
    exitCode: 3,
    remedy: 'AWS says more than was asked for; try again later. Nothing was written.',
  })
}
