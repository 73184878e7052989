// Rows of a trace file, with bounds, and complaints that point into it.
import { InvalidEvent } from './problems.ts'
import { quote } from './quote.ts'
import { list } from './suggest.ts'

export const MAX_TRACE_BYTES = 32_000_000
export const MAX_TRACE_ROWS = 200_000

export interface TraceTable<C extends string> {
  /** Cells of each row, in the order of the columns that were asked for. */
  rows: string[][]
  /** The mistake of a row's cell, at its line and column. */
  wrong(row: number, column: C, message: string): InvalidEvent
}

/**
 * Reads a comma-separated file with a header. Other columns than those asked for are ignored; quoted cells are not
 * read. Throws `InvalidEvent` at the first mistake: a malformed trace has the same one in every row.
 */
export function readTrace<C extends string>(
  text: string,
  file: string,
  columns: readonly C[],
): TraceTable<C> {
  const lines = text
    .replace(/^\uFEFF/, '')
    .replaceAll('\r\n', '\n')
    .split('\n')
  if (lines.at(-1) === '') lines.pop()
  const refuse = (line: number, message: string, column = 1) =>
    new InvalidEvent([{ place: { file, line, column }, message }])

  const header = (lines[0] ?? '').split(',')
  const missing = columns.filter((column) => !header.includes(column))
  if (missing.length > 0) {
    throw refuse(
      1,
      `the trace’s header lacks ${list(missing.map(quote))}; write the line ${columns.join(',')} first`,
    )
  }
  const count = lines.length - 1
  if (count === 0) throw refuse(1, 'the trace has a header and no rows')
  if (count > MAX_TRACE_ROWS) {
    throw refuse(
      MAX_TRACE_ROWS + 2,
      `the trace has ${count} rows, more than the ${MAX_TRACE_ROWS} that are read; cut it`,
    )
  }

  const wanted = columns.map((column) => header.indexOf(column))
  const rows = lines.slice(1).map((line, row) => {
    const cells = line.split(',')
    if (cells.length === header.length) return wanted.map((index) => cells[index] ?? '')
    throw refuse(
      row + 2,
      `the row has ${cells.length} cells, the header ${header.length}; write one for each column`,
    )
  })
  return {
    rows,
    wrong(row, column, message) {
      const before = (lines[row + 1] ?? '').split(',').slice(0, header.indexOf(column))
      return refuse(row + 2, message, before.length === 0 ? 1 : before.join(',').length + 2)
    },
  }
}
