// Documents at the PoP: what central pushed, in the order of versions, served to sessions as channels `doc.KIND.NAME`.
//
// The files are the truth of contents (see document-files.ts). The log holds each version once, as a message of the PoP
// itself on lane `state`, so that sessions get a change, and resume, as in any channel; who joins later is told what is
// there now. Pure, as every part of the core.
import { isOwn } from '../broker/own-publishes.ts'
import type { Denial, Part, PartEffect } from '../broker/part.ts'
import type { ChannelRule } from '../pop-config.ts'
import { DOCUMENT_KINDS, type Document, type DocumentVersions } from '../protocol/uplink.ts'
import type { LogRecord } from '../queue/record.ts'
import { versionsOf } from './versions.ts'

/** Begins the channels of documents: who may publish there is the PoP alone. */
export const DOCUMENT_PREFIX = 'doc.'

/** First among the rules: documents come from central, which every PoP of the event hears for itself. */
export const DOCUMENT_RULE: ChannelRule = {
  match: `${DOCUMENT_PREFIX}*`,
  partitions: 1,
  slow: ['latest'],
  upstream: 'none',
  relay: false,
}

/** Body of a message on a document's channel; without `doc` the document is deleted. */
export interface DocumentMessage {
  version: number
  doc?: unknown
}

/** The newest message of a channel in the log. */
interface Published {
  version: number
  off: number
  client: string
  at: number
}

export class Documents implements Part {
  readonly name = 'documents'
  readonly #kept = new Map<string, Document>()
  readonly #published = new Map<string, Published>()
  /** What the files hold is compared with the log once, after the replay. */
  #wakeAtMs = 0

  /** `documents`: what the files hold. */
  constructor(documents: Iterable<Document>) {
    for (const document of documents) this.#kept.set(channelOf(document), document)
  }

  get wakeAtMs(): number {
    return this.#wakeAtMs
  }

  /** What this PoP has, for central. */
  get versions(): DocumentVersions {
    return versionsOf(this.#kept.values())
  }

  /** Whether central pushed something that is not here yet: then it goes to disk before `kept`. */
  isNew(document: Document): boolean {
    return document.version > (this.#kept.get(channelOf(document))?.version ?? 0)
  }

  /** The document is on disk: from here on sessions have it. */
  kept(document: Document): PartEffect[] {
    if (!this.isNew(document)) return []
    this.#kept.set(channelOf(document), document)
    return [publish(document)]
  }

  admit(publish: { ch: string; client: string }): Denial | null {
    if (!publish.ch.startsWith(DOCUMENT_PREFIX) || isOwn(publish)) return null
    return { code: 'MP_CHANNEL_RESERVED', why: 'documents are changed at central' }
  }

  apply({ ch, off, client, at, body }: LogRecord): PartEffect[] {
    if (ch.startsWith(DOCUMENT_PREFIX)) {
      this.#published.set(ch, { version: (body as DocumentMessage).version, off, client, at })
    }
    return []
  }

  /** A session that resumes gets it too, under an offset that it may have seen: the same version. */
  joined(client: string, ch: string): PartEffect[] {
    const document = this.#kept.get(ch)
    const published = this.#published.get(ch)
    // Where the log is behind, the message that is on its way comes to this session as to all.
    if (document?.body === undefined || published?.version !== document.version) return []
    const { off, at } = published
    const body: DocumentMessage = { version: document.version, doc: document.body }
    return [{ do: 'tell-client', client, frame: { t: 'msg', ch, off, client: published.client, body, at } }]
  }

  left(): PartEffect[] {
    return []
  }

  /** After the replay: what reached the files and, before a crash, not the log. */
  wake(): PartEffect[] {
    this.#wakeAtMs = Number.POSITIVE_INFINITY
    const unpublished = [...this.#kept].filter(
      ([ch, { version }]) => version > (this.#published.get(ch)?.version ?? 0),
    )
    return unpublished
      .map(([, document]) => document)
      .sort(byVersion)
      .map(publish)
  }

  snapshot(): unknown {
    return Object.fromEntries(this.#published)
  }

  restore(snapshot: unknown): void {
    for (const [ch, published] of Object.entries(snapshot as Record<string, Published>)) {
      this.#published.set(ch, published)
    }
  }
}

export function channelOf({ kind, name }: Pick<Document, 'kind' | 'name'>): string {
  return `${DOCUMENT_PREFIX}${kind}.${name}`
}

function publish(document: Document): PartEffect {
  const { version, body } = document
  const message: DocumentMessage = body === undefined ? { version } : { version, doc: body }
  return { do: 'publish', lane: 'state', ch: channelOf(document), body: message }
}

function byVersion(a: Document, b: Document): number {
  return DOCUMENT_KINDS.indexOf(a.kind) - DOCUMENT_KINDS.indexOf(b.kind) || a.version - b.version
}
