// Every PoP of an event at a glance, and central: what each says of itself, and what is wrong.
import type { PopStatus } from '../pop/pop-status.ts'
import { askCentral, askPop, type CentralStatus } from './ask-status.ts'
import { CERTIFICATE_SOON_DAYS, problemsOfPop } from './assess-pop.ts'
import { type ProbeReport, probe } from './probe.ts'

const DAY_MS = 86_400_000

/** One PoP to ask: at its admin port, from outside, or both. */
export interface PopToAsk {
  /** Its venue; null: as it says itself. */
  venue: string | null
  adminOrigin: string | null
  publicUrl: string | null
}

export interface FleetToAsk {
  pops: readonly PopToAsk[]
  /** Admin port of central; null: it is not asked. */
  centralOrigin: string | null
  /** Name and venues of the event file; null where none was given. */
  event: { name: string; venues: readonly string[] } | null
}

export interface PopReport {
  name: string
  /** Null where its admin port was not asked, or did not answer. */
  status: PopStatus | null
  /** Null where it was not asked from outside. */
  probe: ProbeReport | null
  problems: string[]
}

export interface FleetStatus {
  pops: PopReport[]
  central: { status: CentralStatus | null; problems: string[] } | null
  problems: string[]
  /** Worth knowing, and nothing wrong. */
  notes: string[]
  /** True where there is no problem anywhere. */
  well: boolean
}

export interface FleetAsking {
  nowMs: () => number
  wallMs: () => number
  ca?: string
  /** Names the sessions of probes. */
  client: string
  signal: () => AbortSignal
}

export async function fleetStatus(fleet: FleetToAsk, asking: FleetAsking): Promise<FleetStatus> {
  const [pops, central] = await Promise.all([
    Promise.all(fleet.pops.map((pop) => reportOf(pop, asking))),
    fleet.centralOrigin === null ? null : centralReport(fleet.centralOrigin, asking),
  ])
  const problems: string[] = []
  if (fleet.event) {
    const { name, venues } = fleet.event
    for (const venue of venues)
      if (!pops.some((pop) => pop.name === venue))
        problems.push(`venue ${venue} was not asked: give its PoP with --pop ${venue}=http://HOST:PORT`)
    for (const { name: pop, status } of pops)
      if (status && status.event !== name)
        problems.push(`${pop} serves the event ${status.event}, not ${name}`)
  }
  const well = [...pops, ...(central ? [central] : [])].every((one) => one.problems.length === 0)
  return { pops, central, problems, notes: versionNotes(pops, central), well: well && problems.length === 0 }
}

async function reportOf(pop: PopToAsk, asking: FleetAsking): Promise<PopReport> {
  const { adminOrigin, publicUrl } = pop
  const { nowMs, wallMs, ca, client, signal } = asking
  const [answer, probed] = await Promise.all([
    adminOrigin === null ? null : askPop(adminOrigin, signal()),
    publicUrl === null
      ? null
      : probe(publicUrl, {
          ...{ token: null, client, publish: false, nowMs, wallMs, signal: signal() },
          ...(ca !== undefined && { ca }),
        }),
  ])
  const status = answer && 'status' in answer ? answer.status : null
  const problems = status ? problemsOfPop(status, wallMs()) : []
  if (answer && 'fault' in answer) problems.push(`its admin port ${adminOrigin}: ${answer.fault}`)
  if (probed?.fault) problems.push(`it does not serve from outside: ${probed.fault}`)
  const until = status?.certificate ? null : probed?.certificateExpiresAtMs
  if (until && until - wallMs() < CERTIFICATE_SOON_DAYS * DAY_MS)
    problems.push(`its certificate ends in ${Math.max(0, Math.floor((until - wallMs()) / DAY_MS))} days`)
  if (pop.venue !== null && status && status.pop !== pop.venue)
    problems.push(`it says that it is ${status.pop}: the address is of another PoP`)
  const name = pop.venue ?? status?.pop ?? probed?.pop ?? adminOrigin ?? publicUrl ?? ''
  return { name, status, probe: probed, problems }
}

async function centralReport(origin: string, { signal }: FleetAsking): Promise<FleetStatus['central']> {
  const answer = await askCentral(origin, signal())
  if ('fault' in answer) return { status: null, problems: [`its admin port ${origin}: ${answer.fault}`] }
  const { status } = answer
  return { status, problems: status.ok ? [] : [`its store: ${status.fault ?? 'not well'}`] }
}

function versionNotes(pops: readonly PopReport[], central: FleetStatus['central']): string[] {
  const versions = new Set(
    [
      ...pops.map(({ status, probe: probed }) => status?.version ?? probed?.version),
      central?.status?.version,
    ].filter((version) => version !== undefined && version !== null),
  )
  return versions.size > 1
    ? [`versions differ (${[...versions].join(', ')}): fine during an upgrade, see docs/day-two.md`]
    : []
}
