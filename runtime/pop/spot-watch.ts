// Watches what EC2 says to a spot machine: a notice comes two minutes before the machine is taken back.
import { setTimeout as sleep } from 'node:timers/promises'
import type { Logger } from 'pino'
import * as z from 'zod'

/** Link-local address of the instance metadata service, the same on every machine. */
export const METADATA_ENDPOINT = 'http://169.254.169.254'

/**
 * How often AWS recommends to ask. Source: Amazon EC2 User Guide, "Spot Instance interruption notices", 2026-11: every
 * five seconds.
 */
const POLL_MS = 5_000
const ANSWER_WITHIN_MS = 2_000
/** Longest life of a session token (Amazon EC2 User Guide, "Use IMDSv2", 2026-11). */
const TOKEN_S = 21_600
/** A refused token is asked for anew at most this often in one poll. */
const TOKENS_A_POLL = 2

const noticeSchema = z.object({
  action: z.enum(['terminate', 'stop', 'hibernate']),
  /** When it will be done, UTC. */
  time: z.iso.datetime(),
})
export type SpotNotice = z.output<typeof noticeSchema>

export interface SpotWatch {
  /** Default: METADATA_ENDPOINT. */
  endpoint?: string
  /** Default: what AWS recommends. */
  pollMs?: number
  logger: Logger
  signal: AbortSignal
}

/** The notice, once there is one; null once `signal` is aborted. An endpoint that does not answer is asked again. */
export async function spotNotice({
  endpoint = METADATA_ENDPOINT,
  pollMs = POLL_MS,
  logger,
  signal,
}: SpotWatch): Promise<SpotNotice | null> {
  const metadata = new Metadata(endpoint, signal)
  let answered = true
  while (!signal.aborted) {
    try {
      const text = await metadata.read('/latest/meta-data/spot/instance-action')
      if (text !== null) return noticeSchema.parse(JSON.parse(text))
      answered = true
    } catch (error) {
      if (!signal.aborted && answered) {
        logger.error({ err: (error as Error).message }, 'cannot ask whether this spot machine is taken back')
      }
      answered = false
    }
    await sleep(pollMs, undefined, { signal }).catch(() => undefined)
  }
  return null
}

/** The instance metadata service, version 2: every question carries a session token. */
class Metadata {
  readonly #endpoint: string
  readonly #signal: AbortSignal
  #token: string | null = null

  constructor(endpoint: string, signal: AbortSignal) {
    this.#endpoint = endpoint
    this.#signal = signal
  }

  /** The text at a path; null where there is none. */
  async read(path: string): Promise<string | null> {
    for (let asked = 0; asked < TOKENS_A_POLL; asked++) {
      this.#token ??= await this.#newToken()
      const response = await this.#fetch(path, { headers: { 'x-aws-ec2-metadata-token': this.#token } })
      const text = await response.text()
      if (response.ok) return text
      if (response.status === 404) return null
      if (response.status !== 401) throw new Error(`${path} answered ${response.status}`)
      this.#token = null
    }
    throw new Error(`${path} refuses a token that was just given`)
  }

  async #newToken(): Promise<string> {
    const response = await this.#fetch('/latest/api/token', {
      method: 'PUT',
      headers: { 'x-aws-ec2-metadata-token-ttl-seconds': String(TOKEN_S) },
    })
    const token = await response.text()
    if (!response.ok) throw new Error(`no session token: ${response.status}`)
    return token
  }

  #fetch(path: string, init: RequestInit): Promise<Response> {
    const signal = AbortSignal.any([this.#signal, AbortSignal.timeout(ANSWER_WITHIN_MS)])
    return fetch(new URL(path, this.#endpoint), { ...init, signal, redirect: 'error' })
  }
}
