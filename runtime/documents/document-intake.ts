// Takes the documents that central pushes: to disk first, then to the sessions, then acknowledged; one after the other.
import type { Logger } from 'pino'
import type { PartEffect } from '../broker/part.ts'
import type { Document, DocumentKept } from '../protocol/uplink.ts'
import type { DocumentFiles } from './document-files.ts'
import type { Documents } from './documents.ts'

export interface DocumentIntakeOptions {
  documents: Documents
  files: DocumentFiles
  /** Hands effects to the core. */
  act: (effects: readonly PartEffect[]) => void
  logger: Logger
}

export class DocumentIntake {
  readonly #options: DocumentIntakeOptions
  #taking: Promise<void> = Promise.resolve()
  #stopped = false

  constructor(options: DocumentIntakeOptions) {
    this.#options = options
  }

  /** `acknowledge` goes back by the connection that brought the document; not called where it cannot be kept. */
  take(document: Document, acknowledge: (frame: DocumentKept) => void): void {
    this.#taking = this.#taking.then(async () => {
      if (this.#stopped) return
      const { kind, name, version } = document
      const { documents, files, act, logger } = this.#options
      try {
        if (documents.isNew(document)) {
          await files.write(document)
          act(documents.kept(document))
          logger.info({ kind, name, version, deleted: document.body === undefined }, 'a document has changed')
        }
        acknowledge({ t: 'doc-kept', kind, version })
      } catch (error) {
        // Central sends it again with the next comparison or connection.
        logger.error({ err: error, kind, name, version }, 'cannot keep a document')
      }
    })
  }

  /** Waits for the document that is being written; takes none after it. */
  async stop(): Promise<void> {
    this.#stopped = true
    await this.#taking
  }
}
