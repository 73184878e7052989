// Rows of a trace file, with bounds, and complaints that point into it.
import type { Place } from '../../runtime/errors.ts'
import { InvalidEvent } from './problems.ts'
import { list } from './suggest.ts'
import { quote } from './units.ts'

export const MAX_TRACE_BYTES = 32_000_000
export const MAX_TRACE_ROWS = 200_000

export interface TraceRow<C extends string> {
  cells: Record<C, string>
  /** The mistake of one cell, at its line and column. */
  wrong(column: C, message: string): InvalidEvent
}

/**
 * Reads a comma-separated file with a header. Other columns than those asked for are ignored; quoted cells are not
 * read. Throws `InvalidEvent` at the first mistake: a malformed trace has the same one in every row.
 */
export function* traceRows<C extends string>(
  text: string,
  file: string,
  columns: readonly C[],
): Generator<TraceRow<C>> {
  const lines = text.replace(/^\uFEFF/, '').split('\n')
  if (lines.at(-1) === '') lines.pop()
  const at = (line: number, column = 1): Place => ({ file, line, column })
  const header = (lines[0] ?? '').replace(/\r$/, '').split(',')
  const missing = columns.filter((column) => !header.includes(column))
  if (missing.length > 0) {
    const message = `the trace’s header lacks ${list(missing.map(quote))}; write the line ${columns.join(',')} first`
    throw new InvalidEvent([{ place: at(1), message }])
  }
  if (lines.length - 1 > MAX_TRACE_ROWS) {
    const message = `the trace has ${lines.length - 1} rows, more than the ${MAX_TRACE_ROWS} that are read; cut it`
    throw new InvalidEvent([{ place: at(MAX_TRACE_ROWS + 2), message }])
  }
  if (lines.length < 2)
    throw new InvalidEvent([{ place: at(1), message: 'the trace has a header and no rows' }])

  for (let index = 1; index < lines.length; index++) {
    const cells = (lines[index] ?? '').replace(/\r$/, '').split(',')
    if (cells.length !== header.length) {
      const message = `the row has ${cells.length} cells where the header has ${header.length}; write one for each column`
      throw new InvalidEvent([{ place: at(index + 1), message }])
    }
    yield {
      cells: Object.fromEntries(
        columns.map((column) => [column, cells[header.indexOf(column)] ?? '']),
      ) as Record<C, string>,
      wrong(column, message) {
        const before = cells.slice(0, header.indexOf(column)).join(',').length
        return new InvalidEvent([{ place: at(index + 1, before === 0 ? 1 : before + 2), message }])
      },
    }
  }
}
