// The PoP's documents on disk: one file each, replaced whole or not at all.
import { mkdir, readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { replaceFile } from '../durable-file.ts'
import { MissingHere } from '../errors.ts'
import { DOCUMENT_BYTES_MAX, DOCUMENT_NAME, type Document, isDocumentKind } from '../protocol/uplink.ts'

const SUFFIX = '.json'
/** Of a whole file: the body and what names it. */
const FILE_BYTES_MAX = DOCUMENT_BYTES_MAX + 1024

export class DocumentFiles {
  readonly #folder: string

  private constructor(folder: string) {
    this.#folder = folder
  }

  /** Makes `folder` where it is missing, and reads what it holds. Errors: MP_DOCUMENT_DAMAGED; the system's own. */
  static async open(folder: string): Promise<{ files: DocumentFiles; documents: Document[] }> {
    await mkdir(folder, { recursive: true, mode: 0o700 })
    const names = (await readdir(folder)).filter((name) => name.endsWith(SUFFIX)).sort()
    const documents: Document[] = []
    for (const name of names) documents.push(await readDocument(join(folder, name)))
    return { files: new DocumentFiles(folder), documents }
  }

  /** Returns once the document survives a power cut; until then its former version does. One at a time. */
  async write(document: Document): Promise<void> {
    const path = join(this.#folder, `${document.kind}.${document.name}${SUFFIX}`)
    await replaceFile(path, JSON.stringify(document))
  }
}

async function readDocument(path: string): Promise<Document> {
  const text = await readFile(path, 'utf8')
  const document = text.length <= FILE_BYTES_MAX ? parse(text) : null
  if (document === null) {
    throw new MissingHere(
      'MP_DOCUMENT_DAMAGED',
      `${path} is not a document that this PoP wrote`,
      'Move the file away and start again: central sends what is missing.',
    )
  }
  return document
}

function parse(text: string): Document | null {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    return null
  }
  const { kind, name, version, body } = (value ?? {}) as Record<string, unknown>
  if (!isDocumentKind(kind) || typeof name !== 'string' || !DOCUMENT_NAME.test(name)) return null
  if (!Number.isSafeInteger(version) || (version as number) < 1) return null
  return { kind, name, version: version as number, ...(body !== undefined && { body }) }
}
