// Asks servers at their admin ports how they are: bounded, in time, and what answers is checked before it is believed.
import { z } from 'zod'
import { InvalidInput } from '../errors.ts'
import type { PopStatus } from '../pop/pop-status.ts'
import { PATHS } from '../ports.ts'

const ANSWER_BYTES_MAX = 64 * 1024

const text = z.string().max(512)
const count = z.number().min(0)
const fault = z.object({ fault: text })

/** Unknown keys are those of a later version, and are left out. */
const popStatusSchema: z.ZodType<PopStatus> = z.object({
  event: text,
  pop: text,
  version: text,
  protocols: z.object({ session: text, uplink: text }),
  upS: count,
  sessions: z.object({ open: count, max: count }),
  queue: z.object({
    backlog: count,
    backlogBytes: count,
    oldestS: count.nullable(),
    usedBytes: count,
    maxBytes: count,
    shed: count,
    writable: z.boolean(),
  }),
  disk: z.union([z.object({ freeBytes: count, totalBytes: count }), fault]),
  certificate: z.union([z.object({ expiresAtMs: count }), fault]).nullable(),
  uplink: z.object({
    connected: z.boolean(),
    fault: text.nullable(),
    syncStopped: z.enum(['regressed', 'rewound', 'fenced']).nullable(),
    paths: z
      .array(
        z.object({
          name: text,
          live: z.boolean(),
          fault: text.nullable(),
          rttMs: z.number().nullable(),
          central: text.nullable().default(null),
        }),
      )
      .max(16),
  }),
  compared: z.object({ agoS: count, everyS: count, differing: count, repaired: count }).nullable(),
  replica: z.object({ behind: count.nullable() }).nullable(),
})

const centralSchema = z.object({
  ok: z.boolean(),
  store: text,
  version: text.optional(),
  fault: text.optional(),
})

export type CentralStatus = z.infer<typeof centralSchema>

export type Answer<Status> = { status: Status } | { fault: string }

/** `http://HOST:PORT`, without a path. Errors: MP_ADMIN_URL. */
export function adminOrigin(given: string): string {
  const url = URL.parse(/^[a-z][a-z0-9+.-]*:\/\//i.test(given) ? given : `http://${given}`)
  if (url && /^https?:$/.test(url.protocol) && url.pathname === '/' && url.username === '') return url.origin
  throw new InvalidInput(
    'MP_ADMIN_URL',
    `${JSON.stringify(withoutCredentials(given).slice(0, 100))} is no address of an admin port`,
    'Write it as http://HOST:PORT, for example http://127.0.0.1:7071 behind a port-forward.',
  )
}

/** A name and a password in an address are not repeated in messages, only that they are there. */
function withoutCredentials(given: string): string {
  return given.replace(/^([a-z][a-z0-9+.-]*:\/\/)?.*@/i, '$1…@')
}

export async function askPop(origin: string, signal: AbortSignal): Promise<Answer<PopStatus>> {
  const got = await fetched(`${origin}${PATHS.status}`, signal)
  if ('fault' in got) return got
  if (got.code === 404)
    return {
      fault: `nothing is at ${PATHS.status}: this is not its admin port, or a PoP of before version 0.1`,
    }
  const parsed = popStatusSchema.safeParse(got.body)
  return parsed.success ? { status: parsed.data } : { fault: `HTTP ${got.code}, and no status of a PoP` }
}

export async function askCentral(origin: string, signal: AbortSignal): Promise<Answer<CentralStatus>> {
  const got = await fetched(`${origin}${PATHS.health}`, signal)
  if ('fault' in got) return got
  const parsed = centralSchema.safeParse(got.body)
  return parsed.success ? { status: parsed.data } : { fault: `HTTP ${got.code}, and no health of a central` }
}

async function fetched(
  url: string,
  signal: AbortSignal,
): Promise<{ code: number; body: unknown } | { fault: string }> {
  const got = await fetchedText(url, signal)
  return 'fault' in got ? got : { code: got.code, body: jsonIn(got.text) }
}

/** `fault`: nothing answered in time, or more than an answer may have. */
export async function fetchedText(
  url: string,
  signal: AbortSignal,
  bytesMax = ANSWER_BYTES_MAX,
): Promise<{ code: number; text: string } | { fault: string }> {
  try {
    const response = await fetch(url, { signal, redirect: 'error' })
    return { code: response.status, text: await boundedText(response, bytesMax) }
  } catch (error) {
    if (signal.aborted) return { fault: 'no answer in time' }
    const { cause, message } = error as Error
    const { code } = (cause ?? {}) as { code?: string }
    return { fault: code ?? message }
  }
}

/** Rejects where there is more than an answer may have. */
export async function boundedText(response: Response, bytesMax = ANSWER_BYTES_MAX): Promise<string> {
  const chunks: Uint8Array[] = []
  let bytes = 0
  for await (const chunk of response.body ?? []) {
    bytes += chunk.length
    if (bytes > bytesMax) throw new Error(`the answer is longer than ${bytesMax} bytes`)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString()
}

function jsonIn(said: string): unknown {
  try {
    return JSON.parse(said)
  } catch {
    // Told by the schema.
    return undefined
  }
}
