// What versions of documents a side has, in one line a kind: enough to see what it lacks, and that it lost something.
import { hash } from 'node:crypto'
import { DOCUMENT_KINDS, type DocumentKind, type DocumentVersions } from '../protocol/uplink.ts'

export interface VersionOf {
  kind: DocumentKind
  name: string
  version: number
}

/** Of all documents of a side, deleted ones included; a kind without any is left out. */
export function versionsOf(documents: Iterable<VersionOf>): DocumentVersions {
  const byKind = new Map<DocumentKind, VersionOf[]>()
  for (const document of documents) {
    const known = byKind.get(document.kind)
    if (known) known.push(document)
    else byKind.set(document.kind, [document])
  }
  const versions: DocumentVersions = {}
  for (const kind of DOCUMENT_KINDS) {
    const known = byKind.get(kind)
    if (!known) continue
    const through = known.reduce((newest, { version }) => Math.max(newest, version), 0)
    versions[kind] = { through, digest: versionsDigest(known) }
  }
  return versions
}

/** Over one kind: 16 hexadecimal digits, whatever the order of `documents`. */
export function versionsDigest(documents: readonly { name: string; version: number }[]): string {
  const lines = documents.map(({ name, version }) => `${name} ${version}`).sort()
  return hash('sha256', lines.join('\n')).slice(0, 16)
}
