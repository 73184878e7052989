// What `micropop certificate` prints for a person.
import { formatInstant } from '../reports/format.ts'
import { columns } from '../reports/plain-text.ts'
import type { CertificateFor, Held } from '../runtime/operations/certificates/certificate-folder.ts'
import type { Judged } from '../runtime/operations/certificates/lifetime.ts'
import type { CertificateState } from '../runtime/operations/certificates/states.ts'

export function obtainedText({ name }: CertificateFor, held: Held, judged: Judged, isNew: boolean): string {
  const ends = held.state === 'good' ? `ends ${formatInstant(held.expiresAtMs)}` : 'cannot be used'
  return `${name}: ${isNew ? 'obtained' : 'kept'}, ${ends}${again(judged)}`
}

export function statusText(states: readonly CertificateState[]): string {
  const rows = states.map(({ name, outlasts, expiresAtMs, fault, ...rest }) => [
    name,
    outlasts ? 'outlasts the event' : 'DOES NOT OUTLAST THE EVENT',
    expiresAtMs === null ? '-' : formatInstant(expiresAtMs),
    `${fault ?? ''}${again({ outlasts, ...rest })}`,
  ])
  return columns([['name', '', 'ends', ''], ...rows], [0, 1, 2, 3]).join('\n')
}

function again({ outlasts, lateEnoughMs }: Pick<Judged, 'outlasts' | 'lateEnoughMs'>): string {
  if (outlasts) return ''
  const from = lateEnoughMs === null ? 'now' : `from ${formatInstant(lateEnoughMs)} on`
  return `; obtain another ${from}`
}
