// A base image for tests, of this machine's own Node, npm and shell: no registry is asked.
import { execFileSync } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, realpathSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { onPath } from '../tools/setup/path.mjs'

/** What a step of the build and the PoP itself start, by where the real base images have it. */
const PROGRAMS: Record<string, () => string | null> = {
  '/usr/bin/env': () => onPath('env'),
  '/usr/bin/sh': () => onPath('sh'),
  '/usr/local/bin/node': () => process.execPath,
}
/** Of the C library, which every real base has whole: packages load them when they start. */
const C_LIBRARY = ['libresolv.so.2', 'librt.so.1', 'libnss_dns.so.2', 'libnss_files.so.2']
const NPM = '/usr/local/lib/node_modules/npm'

/** Why it cannot be made here; null where it can. */
export function noBase(): string | null {
  const missing = Object.entries(PROGRAMS).flatMap(([path, find]) => (find() === null ? [path] : []))
  if (npmFolder() === null) missing.push('npm')
  return missing.length === 0 ? null : `not on this machine: ${missing.join(', ')}`
}

/** Fills `folder` with a root file system that Node, npm and a shell run in. */
export function layOutBase(folder: string): void {
  for (const path of ['etc', 'proc', 'root', 'tmp', 'var/lib', 'usr/lib', 'usr/lib64', 'usr/bin']) {
    mkdirSync(join(folder, path), { recursive: true })
  }
  writeFileSync(join(folder, 'etc/passwd'), 'root:x:0:0:root:/root:/bin/sh\n')
  // Only what set-up left in npm's cache: a test asks no registry.
  writeFileSync(join(folder, 'root/.npmrc'), 'offline=true\n')
  // As Debian has them: what is in /usr is found without it too.
  for (const link of ['bin', 'lib', 'lib64']) symlinkSync(`usr/${link}`, join(folder, link))
  for (const [path, find] of Object.entries(PROGRAMS)) {
    const program = realpathSync(find() as string)
    copy(program, join(folder, path))
    const libraries = librariesOf(program)
    const besideC = dirname(libraries.find((library) => library.endsWith('/libc.so.6')) ?? '/')
    for (const library of [...libraries, ...C_LIBRARY.map((name) => join(besideC, name))]) {
      if (existsSync(library) && !existsSync(join(folder, library))) {
        copy(realpathSync(library), join(folder, library))
      }
    }
  }
  copy(npmFolder() as string, join(folder, NPM))
  symlinkSync(`${NPM}/bin/npm-cli.js`, join(folder, '/usr/local/bin/npm'))
}

function copy(from: string, to: string): void {
  mkdirSync(dirname(to), { recursive: true })
  cpSync(from, to, { recursive: true, verbatimSymlinks: true })
}

function librariesOf(program: string): string[] {
  const text = execFileSync('ldd', [program], { encoding: 'utf8' })
  return [...text.matchAll(/(\/\S+) \(0x/g)].map(([, path]) => path as string)
}

function npmFolder(): string | null {
  const npm = onPath('npm')
  if (npm === null) return null
  const folder = dirname(dirname(realpathSync(npm)))
  return existsSync(join(folder, 'bin', 'npm-cli.js')) ? folder : null
}
