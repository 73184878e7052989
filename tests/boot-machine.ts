// A machine that boots by an EC2 PoP's user data, for tests: what is its own in a folder, and how it is started.
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { chmodSync, copyFileSync, mkdirSync, truncateSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { parse } from 'yaml'
import { onPath } from '../tools/setup/path.mjs'
import { ROOT } from './source-tree.ts'

/** AWS as far as the machine asks it: files of the bucket, and one line for each secret, `ARN value`. */
const AWS = `#!/bin/bash
set -eu
case "$1 $2" in
  's3 sync') shift 5; exec cp -a --update "$MACHINE/bucket/\${1#s3://*/}/." "$2" ;;
  'secretsmanager get-secret-value')
    while read -r arn value; do [ "$arn" != "$6" ] || { echo "$value"; exit; }; done < "$MACHINE/secrets" ;;
esac
exit 255
`
const SYSTEMCTL = `#!/bin/sh
case "$1" in
  daemon-reload) ;;
  enable) for unit in "$@"; do :; done; echo "$unit" >> "$MACHINE/enabled" ;;
  *) exit 1 ;;
esac
`
/** Where this machine has no XFS tools: the data volume gets another file system. */
const WITHOUT_XFS: Record<string, string> = {
  '/usr/sbin/mkfs.xfs': '#!/bin/sh\nexec mkfs.ext4 "$@"\n',
  '/usr/sbin/xfs_growfs': '#!/bin/sh\n',
}
const DISK_BYTES = 512 * 2 ** 20

/** Why none can be started here; null where one can. */
export function noMachine(): string | null {
  const missing = ['losetup', 'mkfs.ext4', 'blkid', 'mountpoint'].filter(
    (program) => onPath(program) === null,
  )
  if (missing.length > 0) return `not on PATH: ${missing.join(', ')}`
  const tried = spawnSync('losetup', ['--find'], { encoding: 'utf8' })
  return tried.status === 0 ? null : `no loop device: ${tried.stderr.trim()}`
}

export interface MachineParts {
  userData: string
  /** By ARN. */
  secrets: Record<string, string>
}

/** Lays out `folder`, beside `stand-in` and `bucket/originals`, which are there. */
export function layOutMachine(folder: string, { userData, secrets }: MachineParts): void {
  const { write_files, runcmd } = parse(userData) as {
    write_files: { path: string; permissions: string; content: string }[]
    runcmd: string[][]
  }
  const put = (path: string, content: string, mode: number) => {
    const file = join(folder, 'files', path)
    mkdirSync(dirname(file), { recursive: true })
    writeFileSync(file, content)
    chmodSync(file, mode)
  }
  for (const { path, permissions, content } of write_files)
    put(path, content, Number.parseInt(permissions, 8))
  put('/usr/bin/aws', AWS, 0o755)
  put('/usr/bin/systemctl', SYSTEMCTL, 0o755)
  for (const [path, script] of Object.entries(WITHOUT_XFS)) put(path, script, 0o755)
  mkdirSync(join(folder, 'files/usr/bin'), { recursive: true })
  copyFileSync(join(ROOT, 'tests/docker-stand-in.sh'), join(folder, 'files/usr/bin/docker'))
  copyFileSync(join(ROOT, 'tests/boot-machine.sh'), join(folder, 'boot-machine.sh'))
  const quoted = (word: string) => `'${word.replaceAll("'", "'\\''")}'`
  writeFileSync(join(folder, 'runcmd'), runcmd.map((words) => `${words.map(quoted).join(' ')}\n`).join(''))
  writeFileSync(
    join(folder, 'secrets'),
    Object.entries(secrets)
      .map(([arn, value]) => `${arn} ${value}\n`)
      .join(''),
  )
  writeFileSync(join(folder, 'disk'), '')
  truncateSync(join(folder, 'disk'), DISK_BYTES)
}

/** It dies with the process that is returned. Standard output is that of its services. */
export function bootMachine(folder: string): ChildProcess {
  const inside = ['bash', join(ROOT, 'tests/boot-machine.sh'), folder]
  return spawn('unshare', ['--mount', '--pid', '--fork', '--kill-child', ...inside], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
}
