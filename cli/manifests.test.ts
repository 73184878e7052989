// `micropop manifests` as a person runs it.
import { execFile } from 'node:child_process'
import { mkdtempDisposable, readFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import { parseAllDocuments } from 'yaml'

const ROOT = join(import.meta.dirname, '..')
const EVENT = 'scenarios/events/hybrid-conference-2000.yaml'
const TIMEOUT_MS = 60_000

function manifests(...args: string[]) {
  return promisify(execFile)(process.execPath, ['cli/micropop.mjs', 'manifests', EVENT, ...args], {
    cwd: ROOT,
    timeout: TIMEOUT_MS,
  })
}

test('prints YAML, and warns where nobody can pull the image', { timeout: TIMEOUT_MS }, async () => {
  const { stdout, stderr } = await manifests()
  const documents = parseAllDocuments(stdout)
  expect(documents.flatMap(({ errors }) => errors)).toEqual([])
  expect(documents.length).toBeGreaterThan(6)
  expect(stdout).toContain('image: micropop:unset')
  expect(stderr).toContain('MP_IMAGE_UNSET')
})

test('writes a file a venue, and never over another by accident', { timeout: TIMEOUT_MS }, async () => {
  await using folder = await mkdtempDisposable(join(tmpdir(), 'micropop-manifests-'))
  const asked = ['hall', '--image', 'registry.test/micropop:1', '--out', folder.path]
  expect(await manifests(...asked)).toEqual({ stdout: `${join(folder.path, 'hall.yaml')}\n`, stderr: '' })
  expect(await readFile(join(folder.path, 'hall.yaml'), 'utf8')).toContain('image: registry.test/micropop:1')
  await expect(manifests(...asked)).rejects.toMatchObject({
    code: 2,
    stderr: expect.stringContaining('MP_FILE_EXISTS'),
  })
  await manifests(...asked, '--force')
})

test('what is no image is refused', { timeout: TIMEOUT_MS }, async () => {
  await expect(manifests('--image', 'Not An Image')).rejects.toMatchObject({
    code: 2,
    stderr: expect.stringContaining('--image is not an image reference'),
  })
})
