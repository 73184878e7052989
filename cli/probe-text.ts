// What `micropop probe` prints for a person.
import { formatMs } from '../reports/format.ts'
import { columns, plain } from '../reports/plain-text.ts'
import type { ProbeReport } from '../runtime/operations/probe.ts'

const DAY_MS = 86_400_000

/** `nowMs`: the wall clock. */
export function probeText(reports: readonly ProbeReport[], nowMs: number): string {
  const rows = reports.map((report) => [
    report.url,
    report.serves ? 'serves' : 'DOES NOT SERVE',
    plain(report.pop ?? '-'),
    report.version ?? '-',
    msOr(report.connectMs),
    msOr(report.roundTripMs),
    msOr(report.publishMs),
    report.certificateExpiresAtMs === null
      ? '-'
      : `${Math.floor((report.certificateExpiresAtMs - nowMs) / DAY_MS)} days`,
  ])
  const head = ['url', '', 'PoP', 'version', 'connect', 'round trip', 'to disk and back', 'certificate']
  const notes = reports.flatMap(({ url, fault, notPublished }) => [
    ...(fault === null ? [] : [`${url}: ${plain(fault)}`]),
    ...(notPublished === null ? [] : [`${url}: ${plain(notPublished)}`]),
  ])
  return [...columns([head, ...rows], [0, 1, 2, 3]), ...(notes.length > 0 ? ['', ...notes] : [])].join('\n')
}

function msOr(ms: number | null): string {
  return ms === null ? '-' : formatMs(ms)
}
