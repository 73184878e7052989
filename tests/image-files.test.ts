// What the image has of the project: everything that runs there, and nothing that does not.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { type LockFile, lockedPackages, type Manifest } from '../infra/image/locked-packages.ts'
import { runtimeFiles } from '../infra/image/runtime-files.ts'
import { importsOf, isTestCode, ROOT, readSources } from './source-tree.ts'

const json = (file: string) => JSON.parse(readFileSync(join(ROOT, file), 'utf8'))
const manifest = json('package.json') as Manifest
const lock = json('package-lock.json') as LockFile
const { files, packages } = runtimeFiles(ROOT)
const cut = lockedPackages(manifest, lock, packages)

test('every import of a file in the image leads to one in it, by the compiler’s own reading', () => {
  const missing = readSources()
    .filter(({ path }) => files.includes(path) && path !== 'cli/verbs.ts')
    .flatMap(importsOf)
    .filter(({ typeOnly, specifier }) => !typeOnly && !specifier.startsWith('node:'))
    .filter(({ target, specifier }) =>
      target === null ? !packages.some((name) => specifier.startsWith(name)) : !files.includes(target),
    )
  expect(missing).toEqual([])
}, 60_000)

test('the build is given every folder that they lie in', () => {
  const containerfile = readFileSync(join(ROOT, 'infra/image/Containerfile'), 'utf8')
  const given = [...containerfile.matchAll(/^COPY ([^-\s].*) \.\/\S*$/gm)].flatMap(([, from]) =>
    from?.split(' '),
  )
  expect(files.filter((path) => !given.some((from) => path === from || path.startsWith(`${from}/`)))).toEqual(
    [],
  )
})

test('it has no tests, no infrastructure, and of the twin what a worker runs', () => {
  expect(files.filter((path) => isTestCode(path))).toEqual([])
  expect(packages.filter((name) => name.startsWith('@pulumi/'))).toEqual([])
  expect(
    files.filter((path) => /^simulator\/(?:costs\/meters|rehearsal|twin-cloud|drills)\//.test(path)),
  ).toEqual([])
  expect(files).toContain('simulator/monte-carlo/twin-thread.ts')
  expect(files).toContain('infra/catalog/instance-types.csv')
})

test('a package of the image finds each it needs where it finds it in a clone', () => {
  const lookUp = (packages: LockFile['packages'], from: string, name: string) => {
    const folders = from.split('/node_modules/').map((_, i, parts) => parts.slice(0, parts.length - i))
    const paths = [...folders.map((parts) => `${parts.join('/node_modules/')}/`), ''].map(
      (folder) => `${folder}node_modules/${name}`,
    )
    return paths.find((path) => path in packages)
  }
  const names = Object.keys(cut.lock.packages)
  expect(names.length).toBeGreaterThan(packages.length)
  for (const path of names) {
    if (path !== '') expect(cut.lock.packages[path]).toEqual(lock.packages[path])
    const { dependencies, optionalDependencies } = cut.lock.packages[path] as LockFile['packages'][string]
    for (const name of Object.keys({ ...dependencies, ...optionalDependencies })) {
      expect(lookUp(cut.lock.packages, path, name), `${name} for ${path}`).toBe(
        lookUp(lock.packages, path, name),
      )
    }
  }
})

test('a package that only development has is refused', () => {
  expect(() => lockedPackages(manifest, lock, ['vitest'])).toThrow('vitest is imported')
})
