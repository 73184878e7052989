// Brings documents down to one PoP: one at a time and kind, in the order of their versions, from what the PoP has on.
import type { Logger } from 'pino'
import {
  DOCUMENT_KINDS,
  type Document,
  type DocumentKind,
  type DocumentVersions,
} from '../protocol/uplink.ts'
import { digestThrough, neverBelow, nextDocument } from './documents.ts'
import type { Store } from './store.ts'

export interface DocumentPusherOptions {
  store: Store
  event: string
  send: (document: Document) => void
  failed: (error: unknown) => void
  logger: Logger
}

export class DocumentPusher {
  readonly #options: DocumentPusherOptions
  readonly #through = new Map<DocumentKind, number>()
  /** On its way to the PoP, which acknowledges it before it gets the next: bounds what waits on the socket. */
  #inFlight: Document | null = null
  /** Digests of the PoP that all documents were sent again for, by kind: once each. */
  readonly #sentAgainFor = new Map<DocumentKind, string>()
  #comparing = false
  #looking = false
  #lookAgain = false

  constructor(options: DocumentPusherOptions) {
    this.#options = options
  }

  /**
   * What the PoP says it has: pushes what is newer, and a kind from its beginning where something in it was lost. One at a
   * time: what comes meanwhile is left to the next comparison.
   */
  async compare(versions: DocumentVersions): Promise<void> {
    if (this.#comparing) return
    this.#comparing = true
    try {
      await this.#compare(versions)
    } finally {
      this.#comparing = false
    }
  }

  async #compare(versions: DocumentVersions): Promise<void> {
    const { store, event, logger } = this.#options
    for (const kind of DOCUMENT_KINDS) {
      const of = versions[kind]
      this.#through.set(kind, of?.through ?? 0)
      if (!of) continue
      if (await neverBelow(store, event, kind, of.through)) {
        logger.error({ kind, through: of.through }, 'a PoP has documents that central lost: put them again')
      }
      const digest = await digestThrough(store, event, kind, of.through)
      if (digest === of.digest) continue
      if (this.#sentAgainFor.get(kind) === of.digest) continue
      this.#sentAgainFor.set(kind, of.digest)
      logger.warn({ kind, through: of.through }, 'documents of a PoP differ: all are sent again')
      this.#through.set(kind, 0)
    }
    // What was on its way has either come, and is in `versions`, or was lost.
    this.#inFlight = null
    this.changed()
  }

  kept(kind: DocumentKind, version: number): void {
    if (this.#inFlight?.kind !== kind || this.#inFlight.version !== version) return
    this.#inFlight = null
    this.#through.set(kind, version)
    this.changed()
  }

  /** Something may be newer than what the PoP has. */
  changed(): void {
    this.#lookAgain = this.#looking
    if (this.#looking || this.#inFlight !== null) return
    this.#looking = true
    this.#next()
      .catch(this.#options.failed)
      .finally(() => {
        this.#looking = false
        if (this.#lookAgain) this.changed()
      })
  }

  async #next(): Promise<void> {
    const { store, event, send } = this.#options
    for (const kind of DOCUMENT_KINDS) {
      const document = await nextDocument(store, event, kind, this.#through.get(kind) ?? 0)
      if (document === null) continue
      this.#inFlight = document
      send(document)
      return
    }
  }
}
