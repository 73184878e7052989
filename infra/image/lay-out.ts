// `node infra/image/lay-out.ts PROJECT OUT`: the image's own files in OUT, without packages, owners or times.
import { chmodSync, copyFileSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { PATHS } from '../../runtime/ports.ts'
import { type LockFile, lockedPackages, type Manifest } from './locked-packages.ts'
import { runtimeFiles } from './runtime-files.ts'

/** Where the project's files lie in the image. */
const IMAGE_ROOT = '/opt/micropop'
const COMMAND = '/usr/local/bin/micropop'

/** Modes are set, not copied: a clone has those of whoever made it. */
const FILE_MODE = 0o644
const PROGRAM_MODE = 0o755

function layOut(project: string, out: string): void {
  const json = (file: string) => JSON.parse(readFileSync(join(project, file), 'utf8'))
  const write = (path: string, put: (file: string) => void, mode: number) => {
    const file = join(out, IMAGE_ROOT, path)
    mkdirSync(dirname(file), { recursive: true, mode: PROGRAM_MODE })
    put(file)
    chmodSync(file, mode)
  }
  const { files, packages } = runtimeFiles(project)
  const cut = lockedPackages(
    json('package.json') as Manifest,
    json('package-lock.json') as LockFile,
    packages,
  )
  for (const path of files) {
    const copy = (file: string) => copyFileSync(join(project, path), file)
    write(path, copy, path.endsWith('.mjs') ? PROGRAM_MODE : FILE_MODE)
  }
  for (const [path, content] of Object.entries({
    'package.json': cut.manifest,
    'package-lock.json': cut.lock,
  })) {
    write(path, (file) => writeFileSync(file, `${JSON.stringify(content, null, 2)}\n`), FILE_MODE)
  }
  mkdirSync(join(out, PATHS.popData), { recursive: true, mode: PROGRAM_MODE })
  mkdirSync(join(out, dirname(COMMAND)), { recursive: true, mode: PROGRAM_MODE })
  symlinkSync(`${IMAGE_ROOT}/cli/micropop.mjs`, join(out, COMMAND))
}

if (import.meta.main) {
  const [project, out] = process.argv.slice(2)
  if (project === undefined || out === undefined) {
    process.stderr.write('usage: node infra/image/lay-out.ts PROJECT OUT\n')
    process.exitCode = 2
  } else {
    layOut(project, out)
  }
}
