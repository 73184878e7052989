// The report of a fault of our own: what was run, on what, and where it broke. Holds no environment and no data.
import { mkdtempSync, writeFileSync } from 'node:fs'
import { release, tmpdir } from 'node:os'
import { join } from 'node:path'
import { inspect } from 'node:util'

/** Writes the report and returns its path, or the report's text where no file can be written. */
export function writeFaultReport(error: unknown, args: string[], version: string): string {
  const report = [
    `micropop ${version}, Node ${process.versions.node}, ${process.platform} ${release()} ${process.arch}`,
    `at ${new Date().toISOString()}`,
    `command: micropop ${args.join(' ')}`,
    '',
    inspect(error, { depth: 4 }),
    '',
  ].join('\n')
  try {
    const file = join(mkdtempSync(join(tmpdir(), 'micropop-fault-')), 'report.txt')
    writeFileSync(file, report)
    return file
  } catch (unwritable) {
    return `${report}\n(no file could be written: ${unwritable})`
  }
}
