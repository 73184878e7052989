// A message through every PoP of a deployment: acknowledged at the venue's disk, then found at central.
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { MicropopError } from '../../runtime/errors.ts'
import { LOOPBACK } from '../../runtime/free-ports.ts'
import { type Listener, listen, probe } from '../../runtime/operations/probe.ts'
import { type SigningKey, tokenSigner } from '../../runtime/token-keys.ts'
import { exportMessages, queueState } from '../rehearsal/admin-requests.ts'
import { type RehearsalClock, until } from '../rehearsal/clock.ts'
import type { RunningMachines, RunningPop } from './running-machines.ts'

const PROBE_WITHIN_MS = 15_000
const CENTRAL_WITHIN_MS = 45_000
const POLL_MS = 100
const TOKEN_LIFE_S = 600

export interface SmokeResult {
  venue: string
  /** Session URL. */
  url: string
  /** From publishing to having the message back from the PoP's disk. */
  publishMs: number
  /** From publishing to being seen at central. */
  centralMs: number
  /** Where the PoPs are one broker: from publishing to being shown at another; null: they are not. */
  otherMs: number | null
}

export interface SmokeOptions {
  event: string
  /** Each has exactly one PoP that serves. */
  venues: readonly string[]
  /** Whether the PoPs are one broker. */
  broker: boolean
  machines: RunningMachines
  /** Takes central's export. */
  folder: string
  signing: SigningKey
  clock: RehearsalClock
  signal: AbortSignal
}

/** Errors: MP_TWIN_SMOKE, with the venue and what it did not do. */
export async function smoke(options: SmokeOptions): Promise<SmokeResult[]> {
  const { venues, machines } = options
  const serving = Map.groupBy(machines.pops, ({ venue }) => venue)
  for (const venue of venues) {
    const pops = serving.get(venue)?.length ?? 0
    if (pops !== 1) throw failed(`venue ${venue} has ${pops} PoPs that serve, and not one`)
  }
  const adminPort = machines.centralAdminPort
  if (adminPort === null) throw failed('no service of the deployment runs central')
  // Another client each time: what central has from before proves nothing.
  const round = Math.round(options.clock.wallMs())
  return Promise.all(
    machines.pops.map((pop, i, all) => {
      const other = options.broker ? (all[(i + 1) % all.length] ?? null) : null
      return throughPop(pop, other, `rehearsal-${round}-${i}`, adminPort, options)
    }),
  )
}

async function throughPop(
  pop: RunningPop,
  other: RunningPop | null,
  client: string,
  centralAdminPort: number,
  options: SmokeOptions,
): Promise<SmokeResult> {
  const { clock, signal, event, folder } = options
  const url = urlOf(pop)
  const listener = other && (await listenAt(other, client, options))
  const startMs = clock.monotonicMs()
  const report = await probe(url, {
    token: await tokenFor(pop, client, options),
    client,
    publish: true,
    nowMs: clock.monotonicMs,
    wallMs: clock.wallMs,
    signal: AbortSignal.any([signal, AbortSignal.timeout(PROBE_WITHIN_MS)]),
  })
  if (!report.serves || report.publishMs === null)
    throw failed(`the PoP of ${pop.venue} does not serve: ${report.fault ?? report.notPublished}`)
  const heardMs = listener && (await heardBy(other as RunningPop, listener, pop, clock))
  const file = join(folder, `central-of-${pop.venue}.jsonl`)
  await until(
    async () => {
      await exportMessages(centralAdminPort, event, file)
      return (await readFile(file, 'utf8')).includes(`"client":"${client}"`) || undefined
    },
    {
      clock,
      everyMs: POLL_MS,
      limitMs: CENTRAL_WITHIN_MS,
      signal,
      onLate: () =>
        failed(`a message of ${pop.venue} did not reach central in ${CENTRAL_WITHIN_MS / 1_000} s`),
    },
  ).catch(async (error) => {
    const { uplinkFault } = await queueState(pop.adminPort)
    throw uplinkFault === null ? error : failed(`${(error as Error).message}: ${uplinkFault}`)
  })
  return {
    ...{ venue: pop.venue, url, publishMs: report.publishMs, centralMs: clock.monotonicMs() - startMs },
    otherMs: heardMs === null ? null : heardMs - startMs,
  }
}

function urlOf({ port }: RunningPop): string {
  return `ws://${LOOPBACK}:${port}`
}

/** A session at another PoP that waits for the message of `client`. */
async function listenAt(other: RunningPop, client: string, options: SmokeOptions): Promise<Listener> {
  const name = `${client}-elsewhere`
  const signal = AbortSignal.any([options.signal, AbortSignal.timeout(CENTRAL_WITHIN_MS)])
  const token = await tokenFor(other, name, options)
  return listen(urlOf(other), { token, client: name, ch: `probe.${client}`, signal })
}

/** When it was heard, by the monotonic clock. */
async function heardBy(
  other: RunningPop,
  listener: Listener,
  pop: RunningPop,
  clock: RehearsalClock,
): Promise<number> {
  try {
    await listener.heard
    return clock.monotonicMs()
  } catch (error) {
    throw failed(`a message of ${pop.venue} was not shown at ${other.venue}: ${(error as Error).message}`)
  } finally {
    listener.close()
  }
}

async function tokenFor({ auth }: RunningPop, client: string, options: SmokeOptions): Promise<string | null> {
  if (auth === null) return null
  const issuedAtS = Math.floor(options.clock.wallMs() / 1_000)
  const sign = await tokenSigner(options.signing)
  return sign({ client, ...auth, jti: client, issuedAtS, expiresAtS: issuedAtS + TOKEN_LIFE_S })
}

function failed(message: string): MicropopError {
  return new MicropopError('MP_TWIN_SMOKE', message, {
    exitCode: 1,
    remedy: 'The logs of its processes are in the folder that the rehearsal names.',
  })
}
