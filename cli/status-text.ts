// What `micropop status` prints for a person.
import { formatBytes, formatCount, formatDaysLeft, formatMs, formatSeconds } from '../reports/format.ts'
import { columns, plain } from '../reports/plain-text.ts'
import type { FleetStatus, PopReport } from '../runtime/operations/fleet-status.ts'

const NONE = '-'
const UNKNOWN = '?'

const HEAD = [
  ...['PoP', 'state', 'version', 'sessions', 'backlog', 'oldest', 'link', 'certificate', 'disk free'],
  ...['compared', 'credits'],
]

export interface StatusContext {
  /** The wall clock. */
  nowMs: number
  /** Venues whose machine has CPU credits. */
  bursting: readonly string[]
}

export function statusText(fleet: FleetStatus, context: StatusContext): string {
  const { pops, central, problems, notes } = fleet
  const wrong = [
    ...pops.flatMap((pop) => pop.problems.map((problem) => `${pop.name}: ${problem}`)),
    ...(central?.problems ?? []).map((problem) => `central: ${problem}`),
    ...problems,
  ]
  const lines = [
    ...columns([HEAD, ...pops.map((pop) => row(pop, context))], [0, 1, 2]),
    ...(central?.status
      ? [`central ${central.status.version ?? 'of an unknown version'}: ${central.status.store}`]
      : []),
    ...(wrong.length > 0 ? ['', 'Wrong:', ...wrong.map((line) => `  ${line}`)] : []),
    ...hints(pops, context),
    ...notes.map((note) => `Note: ${note}`),
  ]
  return lines.map(plain).join('\n')
}

function row({ name, status, probe, problems }: PopReport, { nowMs, bursting }: StatusContext): string[] {
  const state = problems.length === 0 ? 'well' : 'WRONG'
  const credits = bursting.includes(name) ? UNKNOWN : NONE
  const until =
    status?.certificate && 'expiresAtMs' in status.certificate
      ? status.certificate.expiresAtMs
      : (probe?.certificateExpiresAtMs ?? null)
  const certificate = until === null ? NONE : formatDaysLeft(until, nowMs)
  if (status === null) {
    const link = probe?.serves ? `serves, ${formatMs(probe.roundTripMs ?? probe.connectMs ?? 0)}` : UNKNOWN
    const version = probe?.version ?? UNKNOWN
    return [name, state, version, UNKNOWN, UNKNOWN, UNKNOWN, link, certificate, UNKNOWN, UNKNOWN, credits]
  }
  const { queue, sessions, disk, uplink, compared, version } = status
  const live = uplink.paths.filter((path) => path.live)
  return [
    name,
    state,
    version,
    `${formatCount(sessions.open)}/${formatCount(sessions.max)}`,
    `${formatCount(queue.backlog)}, ${formatBytes(queue.backlogBytes)}`,
    queue.oldestS === null ? NONE : formatSeconds(queue.oldestS),
    uplink.syncStopped ??
      (live.length === 0
        ? 'down'
        : `${live.length}/${uplink.paths.length} up${live[0]?.rttMs == null ? '' : `, ${formatMs(live[0].rttMs)}`}`),
    certificate,
    'fault' in disk ? UNKNOWN : formatBytes(disk.freeBytes),
    compared === null ? 'never' : `${formatSeconds(compared.agoS)} ago`,
    credits,
  ]
}

function hints(pops: readonly PopReport[], { bursting }: StatusContext): string[] {
  const outside = pops.filter(({ status, probe }) => status === null && probe?.serves)
  const credits = pops.filter(({ name }) => bursting.includes(name))
  return [
    ...(outside.length > 0
      ? [
          '',
          `Known from outside only: ${outside.map(({ name }) => name).join(', ')}. An admin port is its machine's own; forward it, then --pop VENUE=http://127.0.0.1:7071:`,
          '  aws ssm start-session --target INSTANCE --document-name AWS-StartPortForwardingSession --parameters portNumber=7071,localPortNumber=7071',
          '  kubectl port-forward POD 7071',
        ]
      : []),
    ...(credits.length > 0
      ? [
          '',
          `CPU credits of ${credits.map(({ name }) => name).join(', ')} are CloudWatch's to tell, which is not asked here:`,
          "  aws cloudwatch get-metric-statistics --namespace AWS/EC2 --metric-name CPUCreditBalance --dimensions Name=InstanceId,Value=INSTANCE --statistics Minimum --period 300 --start-time $(date -u -d '-1 hour' +%FT%TZ) --end-time $(date -u +%FT%TZ)",
        ]
      : []),
  ]
}
