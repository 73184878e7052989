// Which code computes here: two machines with the same answer compute the same days, bit for bit.
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { importedFrom } from '../../infra/image/runtime-files.ts'

const ROOT = join(import.meta.dirname, '..', '..')
const ENTRY = 'simulator/monte-carlo/twin-thread.ts'
const DIGITS = 16

/**
 * `v24.11.0 x64 0123456789abcdef`: Node, the processor's architecture (whose mathematics may round another way), and a
 * digest of every file that a day runs through. A commit would not tell changed files, and an image has none.
 */
export function codeVersion(): string {
  const digest = createHash('sha256')
  for (const path of importedFrom(ROOT, [ENTRY]).files) {
    const content = readFileSync(join(ROOT, path))
    digest.update(`${path} ${content.length}\n`).update(content)
  }
  return `${process.version} ${process.arch} ${digest.digest('hex').slice(0, DIGITS)}`
}
