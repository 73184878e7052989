// A support bundle: what an engineer elsewhere needs to help, and nothing secret or of a person.
import { createHash } from 'node:crypto'
import { open, readdir, readFile, stat } from 'node:fs/promises'
import { arch, availableParallelism, freemem, loadavg, release, totalmem } from 'node:os'
import { join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import { InvalidInput, MicropopError } from '../../errors.ts'
import { type PopConfig, popConfigSchema } from '../../pop-config.ts'
import { PATHS } from '../../ports.ts'
import type { LogCipher } from '../../queue/log-cipher.ts'
import { surveyLog } from '../../queue/log-survey.ts'
import { openQueueFolder } from '../../queue/log-walk.ts'
import { VERSION } from '../../version.ts'
import { askCentral, askPop, boundedText } from '../ask-status.ts'
import { problemsOfPop } from '../assess-pop.ts'
import { codesIn, redactConfig, redactMetrics, redactStatus } from './redact.ts'
import { redactLog, sentencesIn } from './redact-log.ts'
import { type TarFile, tar } from './tar.ts'

const ROOT = fileURLToPath(new URL('../../../', import.meta.url))
/** Folders that run at a venue: told by one checksum. */
const PROGRAM = ['runtime', 'cli']
/** Newest bytes of each log, before redaction. */
const LOG_BYTES_MAX = 1024 * 1024
const METRICS_BYTES_MAX = 512 * 1024
/** Of each kind of input. */
export const INPUTS_MAX = 16
/** Of the whole, unpacked. */
export const BUNDLE_BYTES_MAX = 16 * 1024 * 1024
/** A secret that is shorter would be found by chance. */
const SECRET_CHARS_MIN = 6

export interface BundleInputs {
  /** Admin ports. */
  popOrigins: readonly string[]
  centralOrigin: string | null
  /** pop.json files, data folders, and files with what servers logged. */
  configs: readonly string[]
  dataDirs: readonly string[]
  logs: readonly string[]
  cipher: LogCipher | null
  /** What this machine knows and nobody else should: looked for in the bundle at last. */
  secrets: readonly string[]
  /** ms since the Unix epoch. */
  wallMs: number
  signal: () => AbortSignal
}

/** Gzipped tar. Errors: MP_BUNDLE_TOO_LARGE, MP_BUNDLE_UNSAFE, MP_BUNDLE_INPUT. */
export async function supportBundle(inputs: BundleInputs): Promise<Buffer> {
  const parts = await Promise.all([
    about(inputs),
    ...inputs.popOrigins.map((origin, i) => popPart(origin, i + 1, inputs)),
    ...(inputs.centralOrigin === null ? [] : [centralPart(inputs.centralOrigin, inputs)]),
    ...inputs.configs.map((file, i) => configPart(file, i + 1)),
    ...inputs.dataDirs.map((folder, i) => queuePart(folder, i + 1, inputs)),
    logParts(inputs.logs),
  ])
  const files = Object.assign({}, ...parts) as Record<string, string>
  const all = Object.entries(files).map(([name, text]) => ({ name, bytes: Buffer.from(text) }))
  refuseUnsafe(all, inputs.secrets)
  const size = all.reduce((sum, { bytes }) => sum + bytes.length, 0)
  if (size > BUNDLE_BYTES_MAX) {
    throw new InvalidInput(
      'MP_BUNDLE_TOO_LARGE',
      `the bundle would have ${size} bytes; it may have ${BUNDLE_BYTES_MAX}`,
      'Give fewer logs.',
    )
  }
  const sums = all.map(({ name, bytes }) => `${sha256(bytes)}  ${name}\n`).join('')
  const folder = 'micropop-support'
  const packed: TarFile[] = [...all, { name: 'SHA256SUMS', bytes: Buffer.from(sums) }]
  return gzipSync(
    tar(
      packed.map(({ name, bytes }) => ({ name: `${folder}/${name}`, bytes })),
      inputs.wallMs / 1_000,
    ),
  )
}

type Part = Record<string, string>

async function about({ wallMs }: BundleInputs): Promise<Part> {
  return {
    'about.json': json({
      micropop: VERSION,
      program: await programSum(),
      node: process.version,
      system: `${process.platform} ${arch()} ${release()}`,
      cores: availableParallelism(),
      memoryBytes: { total: totalmem(), free: freemem() },
      load: loadavg(),
      made: new Date(wallMs).toISOString(),
    }),
  }
}

async function popPart(origin: string, n: number, { wallMs, signal }: BundleInputs): Promise<Part> {
  const [answer, metrics] = await Promise.all([askPop(origin, signal()), metricsOf(origin, signal())])
  const told =
    'fault' in answer
      ? { fault: codesIn(answer.fault) }
      : {
          status: redactStatus(answer.status),
          problems: problemsOfPop(answer.status, wallMs).map(problemKind),
        }
  return { [`pop-${n}-status.json`]: json(told), [`pop-${n}-metrics.txt`]: metrics }
}

/** A problem's own words, without what it quotes behind a colon. */
function problemKind(problem: string): string {
  const [kind = '', ...quoted] = problem.split(': ')
  const own = /^uplink \S+ is down$/.test(kind) ? 'an uplink is down' : kind
  return quoted.length === 0 ? own : `${own}: ${codesIn(quoted.join(': '))}`
}

async function centralPart(origin: string, { signal }: BundleInputs): Promise<Part> {
  const [answer, metrics] = await Promise.all([askCentral(origin, signal()), metricsOf(origin, signal())])
  const told =
    'fault' in answer
      ? { fault: codesIn(answer.fault) }
      : {
          ok: answer.status.ok,
          store: answer.status.store.startsWith('PostgreSQL') ? 'PostgreSQL' : 'embedded',
          ...(/^[\w.+-]{1,40}$/.test(answer.status.version ?? '') && { version: answer.status.version }),
          ...(answer.status.fault !== undefined && { fault: codesIn(answer.status.fault) }),
        }
  return { 'central-status.json': json(told), 'central-metrics.txt': metrics }
}

async function metricsOf(origin: string, signal: AbortSignal): Promise<string> {
  try {
    const response = await fetch(`${origin}${PATHS.metrics}`, { signal, redirect: 'error' })
    return redactMetrics(await boundedText(response, METRICS_BYTES_MAX))
  } catch {
    // Its status says why it does not answer.
    return ''
  }
}

async function configPart(file: string, n: number): Promise<Part> {
  const text = await bytesOf(file, METRICS_BYTES_MAX)
  return { [`config-${n}.json`]: json(redactedConfig(text.toString())) }
}

function redactedConfig(text: string): object {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    return { invalid: 'not JSON' }
  }
  const parsed = popConfigSchema.safeParse(value)
  if (parsed.success) return redactConfig(parsed.data satisfies PopConfig)
  const keys = new Set(Object.keys(popConfigSchema.shape))
  return {
    invalid: parsed.error.issues.map(
      ({ path: [key], code }) => `${keys.has(String(key)) ? String(key) : ''} ${code}`,
    ),
  }
}

async function queuePart(folder: string, n: number, { cipher }: BundleInputs): Promise<Part> {
  const { damage, torn, log: _, ...counts } = await surveyLog(await openQueueFolder(folder), cipher)
  const places = damage.map(({ file, offset }) => ({ file: segmentName(file), offset }))
  return {
    [`queue-${n}.json`]: json({
      ...counts,
      torn: torn && { ...torn, file: segmentName(torn.file) },
      damage: places,
    }),
  }
}

function segmentName(file: string): string {
  return /^[\w-]{1,40}\.log$/.test(file) ? file : 'another file'
}

async function logParts(logs: readonly string[]): Promise<Part> {
  if (logs.length === 0) return {}
  const sources = await Promise.all((await programFiles()).map((file) => readFile(file, 'utf8')))
  const sentences = new Set(sources.flatMap(sentencesIn))
  const parts = await Promise.all(
    logs.map(async (file, i) => {
      const { text, lines, leftOut } = redactLog((await bytesOf(file, LOG_BYTES_MAX)).toString(), sentences)
      const head = {
        file: i + 1,
        lines,
        leftOut,
        what: 'the end of the log, without names, addresses and texts of errors',
      }
      return [`log-${i + 1}.ndjson`, `${JSON.stringify(head)}\n${text}`] as const
    }),
  )
  return Object.fromEntries(parts)
}

/** The last `max` bytes of a file. Errors: MP_BUNDLE_INPUT. */
async function bytesOf(path: string, max: number): Promise<Buffer> {
  try {
    const file = await open(path, 'r')
    try {
      const { size } = await file.stat()
      const bytes = Buffer.alloc(Math.min(size, max))
      const { bytesRead } = await file.read(bytes, 0, bytes.length, Math.max(0, size - max))
      return bytes.subarray(0, bytesRead)
    } finally {
      await file.close()
    }
  } catch (error) {
    throw new InvalidInput(
      'MP_BUNDLE_INPUT',
      `cannot be read: ${(error as NodeJS.ErrnoException).code}`,
      'Name files that this user may read.',
      { file: path },
    )
  }
}

async function programFiles(): Promise<string[]> {
  const folders = await Promise.all(
    PROGRAM.map((folder) => readdir(join(ROOT, folder), { recursive: true, withFileTypes: true })),
  )
  return folders
    .flat()
    .filter((entry) => entry.isFile() && /\.(ts|mjs)$/.test(entry.name))
    .map(({ parentPath, name }) => join(parentPath, name))
    .sort()
}

/** One checksum over the names and contents of all files that run. */
async function programSum(): Promise<string> {
  const sum = createHash('sha256')
  for (const file of await programFiles()) {
    sum.update(`${relative(ROOT, file)} ${sha256(await readFile(file))}\n`)
  }
  return sum.digest('hex')
}

/** The last look: redaction takes named fields alone, and this finds where that went wrong. */
function refuseUnsafe(files: readonly TarFile[], secrets: readonly string[]): void {
  for (const { name, bytes } of files) {
    if (!secrets.some((secret) => secret.length >= SECRET_CHARS_MIN && bytes.includes(secret))) continue
    throw new MicropopError(
      'MP_BUNDLE_UNSAFE',
      `${name} of the bundle would hold a secret: nothing was written`,
      {
        exitCode: 5,
        remedy: 'Send no bundle; tell the project which input it was.',
      },
    )
  }
}

function sha256(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex')
}

function json(value: object): string {
  return `${JSON.stringify(value, null, 2)}\n`
}

/** Errors: MP_BUNDLE_INPUT. */
export async function checkInputs(inputs: readonly (readonly string[])[]): Promise<void> {
  if (inputs.some((list) => list.length > INPUTS_MAX))
    throw new InvalidInput('MP_BUNDLE_INPUT', `more than ${INPUTS_MAX} of one kind`, 'Make several bundles.')
  await Promise.all(
    inputs.flat().map((path) =>
      stat(path).catch((error: NodeJS.ErrnoException) => {
        throw new InvalidInput('MP_BUNDLE_INPUT', `cannot be read: ${error.code}`, 'Name what is there.', {
          file: path,
        })
      }),
    ),
  )
}
