// `micropop queue` on real folders: of a PoP that runs, of one that died, damaged, encrypted, and none at all.
import { spawn } from 'node:child_process'
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { openFileDisk } from '../runtime/queue/file-disk.ts'
import { LogCipher } from '../runtime/queue/log-cipher.ts'
import type { LogRecord } from '../runtime/queue/record.ts'
import { SegmentLog } from '../runtime/queue/segment-log.ts'
import { queueCommand } from './queue.ts'

const SEGMENT_BYTES = 4_000
const KEY = '0123456789abcdef'.repeat(4)
const START_T = Date.parse('2026-05-12T19:00Z')

let folder: string
const open: SegmentLog[] = []

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'micropop-queue-'))
})

afterEach(async () => {
  process.exitCode = undefined
  for (const log of open.splice(0)) await log.close()
  rmSync(folder, { recursive: true })
})

async function queue(...args: string[]): Promise<{ out: string; err: string; exitCode: unknown }> {
  const stdout = vi.spyOn(process.stdout, 'write').mockReturnValue(true)
  const stderr = vi.spyOn(process.stderr, 'write').mockReturnValue(true)
  try {
    await queueCommand().parseAsync(args, { from: 'user' })
    const text = (spy: typeof stdout) => spy.mock.calls.map(([chunk]) => String(chunk)).join('')
    return { out: text(stdout), err: text(stderr as typeof stdout), exitCode: process.exitCode }
  } finally {
    stdout.mockRestore()
    stderr.mockRestore()
  }
}

/** A log in `folder` that goes on being written; `applied` is what its checkpoints say of central. */
async function writeLog({
  applied = 0,
  cipher = null,
}: {
  applied?: number
  cipher?: LogCipher | null
} = {}) {
  let last = 0
  const log = await SegmentLog.open(await openFileDisk(join(folder, 'queue')), {
    segmentBytes: SEGMENT_BYTES,
    maxBytes: 10 ** 9,
    cipher,
    replay: () => {},
    checkpoint: () => ({
      ...{ version: 3, log: 'log-1', lastLaneSeq: { interactive: last }, applied: { interactive: applied } },
      ...{ channels: {}, seen: [], position: last, parts: {} },
    }),
  })
  open.push(log)
  const append = async (count: number, group = 1) => {
    for (const end = last + count; last < end; last += group)
      await log.append(Array.from({ length: group }, (_, i) => record(last + 1 + i)))
  }
  return { log, append }
}

function record(seq: number): LogRecord {
  const t = START_T + seq * 1_000
  return {
    ...{
      lane: 'interactive',
      laneSeq: seq,
      ch: seq % 2 ? 'chat' : 'vote',
      off: seq,
      client: `c${seq % 5}`,
      seq,
    },
    ...{ at: t, t, ack: 'disk', body: { text: `word ${seq}` }, bytes: 200 },
  }
}

function linesOf(out: string): LogRecord[] {
  return out
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line))
}

test('inspect says what a running PoP has in its queue, and changes nothing', async () => {
  const { append } = await writeLog({ applied: 40 })
  await append(200)
  const files = () =>
    readdirSync(join(folder, 'queue')).map((name) => [name, statSync(join(folder, 'queue', name)).mtimeMs])
  const before = files()
  const { out } = await queue('inspect', folder, '--format', 'json')
  expect(JSON.parse(out)).toMatchObject({
    ...{
      log: 'log-1',
      encrypted: false,
      underOlderKeys: 0,
      records: 200,
      shed: 0,
      streams: 2,
      clients: 5,
      torn: null,
      damage: [],
    },
    lanes: {
      interactive: { first: 1, last: 200, applied: 40, backlog: 160 },
      control: { last: 0, backlog: 0 },
    },
    oldestUnsyncedT: START_T + 41_000,
  })
  expect(JSON.parse(out).segments).toBeGreaterThan(2)
  const text = (await queue('inspect', folder)).out
  expect(text).toMatch(/interactive +1 +200 +40 +160/)
  expect(text).toContain('Sound: ')
  expect(text).toContain('2026-05-12 19:00:41 UTC')
  expect(files()).toEqual(before)
})

test('verify beside a PoP that goes on writing never takes what is being written for damage', async () => {
  const { append } = await writeLog()
  let writing = true
  const written = append(600).then(() => {
    writing = false
  })
  let looks = 0
  while (writing) {
    const { out, exitCode } = await queue('verify', folder, '--format', 'json')
    expect(JSON.parse(out)).toMatchObject({ sound: true, damage: [] })
    expect(exitCode).toBeUndefined()
    looks++
  }
  await written
  expect(looks).toBeGreaterThan(2)
})

test('verify names file and byte of each damaged place, and ends with 1', async () => {
  const { append } = await writeLog()
  await append(100)
  const copy = join(folder, 'copy')
  cpSync(join(folder, 'queue'), join(copy, 'queue'), { recursive: true })
  const places = ['0000000001.log', '0000000002.log'].map((name) => {
    const path = join(copy, 'queue', name)
    const bytes = readFileSync(path)
    const at = bytes.indexOf('word')
    bytes.write('WORD', at)
    writeFileSync(path, bytes)
    return { file: name, offset: bytes.readUInt32LE(0) + 12 }
  })
  const { out, exitCode } = await queue('verify', copy, '--format', 'json')
  expect(JSON.parse(out)).toMatchObject({
    sound: false,
    damage: expect.arrayContaining(places.map((of) => expect.objectContaining(of))),
  })
  expect(exitCode).toBe(1)
  const { file, offset } = places[0] as (typeof places)[0]
  expect((await queue('verify', copy)).out).toContain(`${file}:${offset}`)
  expect(JSON.parse((await queue('verify', folder, '--format', 'json')).out).sound).toBe(true)
})

test('verify says which segment is missing, and which records with it', async () => {
  const { append } = await writeLog()
  await append(200)
  rmSync(join(folder, 'queue', '0000000002.log'))
  const { out, exitCode } = await queue('verify', folder)
  expect(out).toContain('queue segment 0000000002.log is missing')
  expect(out).toMatch(/0000000003\.log {2}records \d+ to \d+ of lane interactive are missing before it/)
  expect(exitCode).toBe(1)
})

test('a commit that a crash cut short is said and is no damage', async () => {
  const { append, log } = await writeLog()
  await append(5)
  const path = join(folder, 'queue', '0000000001.log')
  const bytes = readFileSync(path)
  bytes.write('half a commit', log.usedBytes)
  writeFileSync(path, bytes)
  const { out, exitCode } = await queue('verify', folder)
  expect(out).toContain(`0000000001.log ends at byte ${log.usedBytes}`)
  expect(exitCode).toBeUndefined()
})

test.each([
  [[], 200],
  [['--channel', 'vote'], 100],
  [['--client', 'c3'], 40],
  [['--channel', 'vote', '--client', 'c3'], 20],
  [['--lane', 'bulk'], 0],
  [['--since', '2026-05-12T19:03:00Z'], 21],
  [['--unsynced'], 160],
])('export %j prints the records that fit, oldest first', async (filter, count) => {
  const { append } = await writeLog({ applied: 40 })
  await append(200)
  const records = linesOf((await queue('export', folder, ...filter)).out)
  expect(records).toHaveLength(count)
  for (const found of records) expect(found).toEqual(record(found.laneSeq))
  expect(records.map(({ laneSeq }) => laneSeq)).toEqual(
    records.map(({ laneSeq }) => laneSeq).sort((a, b) => a - b),
  )
})

test('an encrypted queue opens with its key file alone, and the file must be private', async () => {
  const { append } = await writeLog({ cipher: new LogCipher(Buffer.from(KEY, 'hex')) })
  await append(10)
  const key = join(folder, 'key')
  writeFileSync(key, `${KEY}\n`, { mode: 0o600 })
  expect(
    JSON.parse((await queue('inspect', folder, '--format', 'json', '--key-file', key)).out),
  ).toMatchObject({
    encrypted: true,
    records: 10,
  })
  await expect(queue('inspect', folder)).rejects.toMatchObject({ code: 'MP_QUEUE_KEY', exitCode: 3 })
  const other = join(folder, 'other')
  writeFileSync(other, 'f'.repeat(64), { mode: 0o600 })
  await expect(queue('verify', folder, '--key-file', other)).rejects.toThrow('does not open with this key')
  const shared = join(folder, 'shared')
  writeFileSync(shared, KEY, { mode: 0o644 })
  await expect(queue('verify', folder, '--key-file', shared)).rejects.toMatchObject({ exitCode: 2 })
  const long = join(folder, 'long')
  writeFileSync(long, `${KEY}${KEY}`, { mode: 0o600 })
  await expect(queue('verify', folder, '--key-file', long)).rejects.toThrow('holds no key')
  await expect(queue('verify', folder, '--key-file', join(folder, 'none'))).rejects.toMatchObject({
    exitCode: 3,
  })
})

test('a folder without a queue is refused', async () => {
  await expect(queue('inspect', folder)).rejects.toMatchObject({ code: 'MP_NO_QUEUE', exitCode: 2 })
})

/** Starts an export of a large log as a process of its own; resolves once its first lines are there. */
async function startExport() {
  const { append } = await writeLog()
  await append(60_000, 1_000)
  const child = spawn(process.execPath, ['cli/micropop.mjs', 'queue', 'export', folder])
  const ended = new Promise<number | null>((resolve) => child.on('exit', resolve))
  await new Promise((resolve) => child.stdout.once('data', resolve))
  return { child, ended }
}

test('export to a reader that stops early ends well', async () => {
  const { child, ended } = await startExport()
  child.stdout.destroy()
  expect(await ended).toBe(0)
}, 20_000)

test('export stopped by Ctrl-C ends with 130', async () => {
  const { child, ended } = await startExport()
  child.kill('SIGINT')
  child.stdout.resume()
  expect(await ended).toBe(130)
}, 20_000)
