// Files of bills, however large, as one table of DuckDB: streamed, in bounded memory, with temporary files that go.
import { closeSync, mkdtempSync, openSync, readSync, rmSync, statSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { gunzipSync, constants as zlib } from 'node:zlib'
import { type DuckDBConnection, DuckDBInstance, type DuckDBValue } from '@duckdb/node-api'
import { InvalidInput, MicropopError } from '../../../runtime/errors.ts'
import { type BillFormat, type Columns, formatOf, normalised } from './bill-format.ts'
import { MONEY } from './cur-costs.ts'

/** Beside it stand Node and DuckDB's own code, within 1 GB together. */
const MEMORY_LIMIT = '500MB'
const HEAD_BYTES = 256 * 1024

export type Row = Record<string, DuckDBValue>

export interface BillDatabase {
  files: string[]
  formats: BillFormat[]
  /** Rows of `sql`; `bill` is the table of all files, `part_0`… are its files. */
  rows(sql: string): Promise<Row[]>
  /** Of the query that runs, 0 to 100; below 0 where it is not known. */
  percentage(): number
  close(): void
}

/** Errors: MP_BILL_FILE, MP_BILL_COLUMNS, MP_BILL_ENCODING, MP_BILL_CSV. Aborting stops the query that runs. */
export async function openBill(files: string[], signal: AbortSignal): Promise<BillDatabase> {
  signal.throwIfAborted()
  const folder = mkdtempSync(join(tmpdir(), 'micropop-bill-'))
  let connection: DuckDBConnection | undefined
  let instance: DuckDBInstance | undefined
  let running = 0
  /** DuckDB forgets an interrupt that comes before its query has begun: it is told until the query has ended. */
  const stop = () => {
    if (running === 0) return
    connection?.interrupt()
    setImmediate(stop)
  }
  function close(): void {
    running = 0
    signal.removeEventListener('abort', stop)
    connection?.closeSync()
    instance?.closeSync()
    rmSync(folder, { recursive: true, force: true })
  }
  try {
    instance = await DuckDBInstance.create(':memory:', {
      memory_limit: MEMORY_LIMIT,
      threads: '2',
      temp_directory: join(folder, 'spilled'),
      preserve_insertion_order: 'false',
      autoinstall_known_extensions: 'false',
      autoload_known_extensions: 'false',
    })
    const connected = await instance.connect()
    connection = connected
    signal.addEventListener('abort', stop)
    const rows = async (sql: string): Promise<Row[]> => {
      signal.throwIfAborted()
      running++
      try {
        return (await connected.runAndReadAll(sql)).getRowObjects()
      } catch (error) {
        signal.throwIfAborted()
        throw error instanceof MicropopError ? error : unreadable(String(error), files)
      } finally {
        running--
      }
    }
    await rows("SET TimeZone = 'UTC'; SET enable_progress_bar = true; SET enable_progress_bar_print = false")
    const formats: BillFormat[] = []
    for (const [i, file] of files.entries()) {
      // Under a name of our own, no file name is part of a query or a pattern.
      const alias = join(folder, `part-${i}`)
      const head = headOf(file)
      symlinkSync(resolve(file), alias)
      const source = sourceOf(file, head, alias)
      const described = await rows(`DESCRIBE SELECT * FROM ${source}`)
      const columns: Columns = new Map(
        described.map((row) => [String(row.column_name), String(row.column_type)]),
      )
      const format = formatOf(file, columns)
      formats.push(format)
      await rows(`CREATE VIEW part_${i} AS SELECT *,
        TRY_CAST(t_cost AS ${MONEY}) AS cost, TRY_CAST(t_billed AS ${MONEY}) AS billed,
        TRY_CAST(nullif(t_quantity, '') AS ${MONEY}) AS quantity,
        epoch_ms(TRY_CAST(t_start AS TIMESTAMPTZ)) AS start_ms, epoch_ms(TRY_CAST(t_end AS TIMESTAMPTZ)) AS end_ms
        FROM (SELECT ${i} AS file, ${normalised(format, columns)} FROM ${source})`)
    }
    if (new Set(formats).size > 1) {
      throw new InvalidInput(
        'MP_BILL_FORMATS',
        `${files.join(', ')} are ${formats.join(', ')}: read together they would count the same spend twice`,
        'Give the parts of one export.',
      )
    }
    await rows(`CREATE VIEW bill AS ${files.map((_, i) => `SELECT * FROM part_${i}`).join(' UNION ALL ')}`)
    const percentage = () => connected.progress.percentage
    return { files, formats, rows, percentage, close }
  } catch (error) {
    close()
    throw error
  }
}

/** The file as DuckDB's table function; `alias` is a path of our own. */
function sourceOf(file: string, head: Buffer, alias: string): string {
  const path = `'${alias.replaceAll("'", "''")}'`
  if (head.subarray(0, 4).toString('latin1') === 'PAR1') return `read_parquet(${path})`
  const zipped = head[0] === 0x1f && head[1] === 0x8b
  const plain = zipped ? gunzipSync(head, { finishFlush: zlib.Z_SYNC_FLUSH }) : head
  if ((plain[0] === 0xff && plain[1] === 0xfe) || (plain[0] === 0xfe && plain[1] === 0xff))
    throw encoding(file, 1)
  const line =
    plain
      .toString('utf8')
      .replace(/^\ufeff/, '')
      .split(/\r?\n/, 1)[0] ?? ''
  const names = line.split(',').map((name) => name.trim().replace(/^"(.*)"$/, '$1'))
  if (line === '' || new Set(names).size !== names.length) {
    const why = line === '' ? 'the file is empty' : 'its first line names a column twice'
    throw new InvalidInput('MP_BILL_CSV', why, 'Give a CSV with one line of headings, or Parquet.', {
      file,
      line: 1,
    })
  }
  const separator = [';', '\t'].find((found) => names.length === 1 && line.includes(found))
  if (separator !== undefined) {
    const why = `its columns are separated by ${separator === ';' ? 'semicolons' : 'tabs'}, not by commas`
    throw new InvalidInput(
      'MP_BILL_CSV',
      why,
      'Give the export as it came: a program that opened it has saved it anew.',
      {
        file,
        line: 1,
      },
    )
  }
  const columns = names.map((name) => `'${name.replaceAll("'", "''")}': 'VARCHAR'`).join(', ')
  return `read_csv(${path}, columns = {${columns}}, header = true, auto_detect = false, delim = ',', quote = '"', escape = '"', compression = '${zipped ? 'gzip' : 'none'}', max_line_size = 4000000)`
}

function headOf(file: string): Buffer {
  let descriptor: number
  try {
    if (!statSync(file).isFile()) throw new Error('it is no file')
    descriptor = openSync(file, 'r')
  } catch (error) {
    throw new InvalidInput(
      'MP_BILL_FILE',
      `the bill cannot be read: ${(error as Error).message}`,
      'Give a file.',
      {
        file,
      },
    )
  }
  const buffer = Buffer.alloc(HEAD_BYTES)
  const length = readSync(descriptor, buffer)
  closeSync(descriptor)
  return buffer.subarray(0, length)
}

function encoding(file: string, line: number): InvalidInput {
  return new InvalidInput('MP_BILL_ENCODING', 'the bill is not in UTF-8', 'Save it as UTF-8.', { file, line })
}

/** DuckDB's own words, with the place that they name. */
function unreadable(message: string, files: string[]): InvalidInput {
  const file = files[Number(/part-(\d+)/.exec(message)?.[1] ?? 0)] as string
  const line = Number(/on Line: (\d+)/.exec(message)?.[1] ?? 1)
  if (/utf-?8|unicode/i.test(message)) return encoding(file, line)
  const said = message
    .replace(/^Error: /, '')
    .split('\n')
    .slice(0, 3)
    .join(' ')
  return new InvalidInput('MP_BILL_CSV', `the bill cannot be read: ${said}`, 'Export it again, complete.', {
    file,
    line,
  })
}
