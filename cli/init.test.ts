// `micropop init` writes an event that loads, and never over another file by accident.
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { beforeEach, expect, test, vi } from 'vitest'
import { loadEvent } from '../infra/event/load.ts'
import { MicropopError } from '../runtime/errors.ts'
import { initCommand } from './init.ts'

let folder: string

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'micropop-init-'))
  return () => rmSync(folder, { recursive: true })
})

/** Runs the verb and returns what it printed on stdout. */
async function init(...args: string[]): Promise<string> {
  const stdout = vi.spyOn(process.stdout, 'write').mockReturnValue(true)
  const stderr = vi.spyOn(process.stderr, 'write').mockReturnValue(true)
  try {
    await initCommand().parseAsync(args, { from: 'user' })
    return stdout.mock.calls.map(([chunk]) => String(chunk)).join('')
  } finally {
    stdout.mockRestore()
    stderr.mockRestore()
  }
}

async function refusal(...args: string[]): Promise<MicropopError> {
  const error = await init(...args).catch((reason: unknown) => reason)
  if (error instanceof MicropopError) return error
  throw new Error('it was accepted')
}

test('the event that it writes loads without a change, and its editor finds the schema', async () => {
  const file = join(folder, 'my-event.yaml')
  expect(await init(file)).toBe(`${file}\n`)
  expect(loadEvent(file)).toMatchObject({ name: 'my-event', outage: null })

  const [, schema = ''] = /\$schema=(.*)/.exec(readFileSync(file, 'utf8')) ?? []
  expect(JSON.parse(readFileSync(resolve(dirname(file), schema), 'utf8')).title).toBe('micropop event')
  expect(readdirSync(folder)).toEqual(['my-event.yaml'])
})

test('a file that is there is left as it is', async () => {
  const file = join(folder, 'event.yaml')
  writeFileSync(file, 'mine')
  const error = await refusal(file)
  expect([error.code, error.exitCode]).toEqual(['MP_FILE_EXISTS', 2])
  expect(error.remedy).toContain('--force')
  expect(readFileSync(file, 'utf8')).toBe('mine')
  expect(readdirSync(folder)).toEqual(['event.yaml'])
})

test('--force replaces it', async () => {
  const file = join(folder, 'event.yaml')
  writeFileSync(file, 'mine')
  await init(file, '--force')
  expect(loadEvent(file).name).toBe('my-event')
  expect(readdirSync(folder)).toEqual(['event.yaml'])
})

test('a folder that is missing, or is named itself, is told', async () => {
  expect(await refusal(join(folder, 'none', 'event.yaml'))).toMatchObject({
    code: 'MP_FOLDER_MISSING',
    exitCode: 2,
  })
  mkdirSync(join(folder, 'sub'))
  expect(await refusal(join(folder, 'sub'), '--force')).toMatchObject({ code: 'MP_FILE_EXISTS', exitCode: 2 })
  expect(readdirSync(folder)).toEqual(['sub'])
})

test('of two that start at once, one writes and the other is refused', async () => {
  const file = join(folder, 'event.yaml')
  const results = await Promise.allSettled([init(file), init(file)])
  expect(results.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected'])
  expect(loadEvent(file).name).toBe('my-event')
})
