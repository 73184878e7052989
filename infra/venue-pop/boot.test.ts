// What an EC2 PoP is told at boot: parsed as cloud-init and the shell would.
import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { parse } from 'yaml'
import { DEFAULT_DRAIN_DEADLINE_S } from '../../runtime/pop-config.ts'
import { PATHS } from '../../runtime/ports.ts'
import { CONTAINER_USER, QUEUE_KEY_FILE, STOP_GRACE_S } from '../container.ts'
import { bootUserData, DATA_DEVICE, mountData } from './boot.ts'

const SECRET_ARN = 'arn:aws:secretsmanager:eu-west-1:123456789012:secret:uplink-a1b2c3'
const BOOT = {
  popJson: '{\n  "version": 1\n}\n',
  image: 'registry.test/micropop:1',
  prepared: false,
  region: 'eu-west-1',
  uplinkSecretArn: SECRET_ARN,
  queueKeyArn: null,
  certificateArn: null,
  bucketName: 'assets',
  fetches: null,
  reported: null,
  instanceStore: false,
  replicaTokenArn: null,
  follows: null,
  leaf: null,
}
const userData = bootUserData(BOOT)
const config = parse(userData)

function file(path: string): string {
  const found = config.write_files.find((each: { path: string }) => each.path === path)
  if (found === undefined) throw new Error(`no ${path}`)
  return found.content
}

test('it is cloud-config', () => {
  expect(userData).toMatch(/^#cloud-config\n/)
})

test('pop.json is written byte for byte where the PoP reads it', () => {
  expect(file(PATHS.popConfig)).toBe('{\n  "version": 1\n}\n')
})

test('the token is read at start by name, into a file that only root reads', () => {
  const script = file('/usr/local/libexec/micropop-prepare')
  expect(script).toContain(`--secret-id ${SECRET_ARN}`)
  expect(script.indexOf('umask 077')).toBeLessThan(script.indexOf('> /run/micropop/environment'))
  execFileSync('sh', ['-n'], { input: script })
})

test('the key of the queue is written for the container’s user alone, and handed to it read-only', () => {
  expect(userData).not.toContain('queue-key')
  const keyArn = `${SECRET_ARN}-key`
  const { write_files } = parse(bootUserData({ ...BOOT, queueKeyArn: keyArn }))
  const content = (ending: string) =>
    write_files.find(({ path }: { path: string }) => path.endsWith(ending)).content as string
  const script = content('micropop-prepare')
  execFileSync('sh', ['-n'], { input: script })
  const folder = mkdtempSync(join(tmpdir(), 'micropop-boot-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  const asks = script
    .slice(script.indexOf('umask 077'))
    .replaceAll('/run/micropop', folder)
    .replaceAll(`${CONTAINER_USER}:${CONTAINER_USER}`, '"$(id -u):$(id -g)"')
  const aws = `aws() { case "$*" in *${keyArn}*) echo the-key;; *) echo the-token;; esac; }\n`
  for (const start of ['first', 'again']) {
    execFileSync('sh', ['-eu'], { input: aws + asks })
    expect(readFileSync(join(folder, 'queue-key'), 'utf8'), start).toBe('the-key\n')
  }
  expect(statSync(join(folder, 'queue-key')).mode & 0o777).toBe(0o400)
  expect(content('.service')).toContain(`--volume ${QUEUE_KEY_FILE}:${QUEUE_KEY_FILE}:ro`)
})

test('the data volume is mounted before any folder of the PoP is made', () => {
  const script = file('/usr/local/libexec/micropop-prepare')
  expect(script.indexOf(mountData(DATA_DEVICE, PATHS.popData))).toBe(script.indexOf('if ! mountpoint'))
  expect(script.indexOf('mount -o')).toBeLessThan(script.indexOf('install -d'))
})

/** Also where the tools for disks are, which a user's PATH may lack. */
const ADMIN_PATH = `/usr/sbin:/sbin:${process.env.PATH}`

/** Runs the lines on a file as the device, where what needs a kernel or a privilege only writes down that it was asked. */
function mounting(device: (folder: string) => string) {
  const folder = mkdtempSync(join(tmpdir(), 'micropop-boot-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  for (const tool of ['mkfs.xfs', 'mount', 'xfs_growfs']) {
    writeFileSync(join(folder, tool), `#!/bin/sh\necho ${tool} >> ${folder}/asked\n`, { mode: 0o755 })
  }
  const script = `set -eu\n${mountData(device(folder), join(folder, 'data'))}`
  const PATH = `${folder}:${ADMIN_PATH}`
  const { status, stderr } = spawnSync('sh', [], { input: script, env: { PATH }, encoding: 'utf8' })
  const asked = status === 0 ? readFileSync(join(folder, 'asked'), 'utf8').trim().split('\n') : []
  return { status, stderr, asked }
}

/** A disk of 64 MiB, blank or with a file system on it. */
const disk = (formatted: boolean) => (folder: string) => {
  const path = join(folder, 'disk')
  writeFileSync(path, Buffer.alloc(64 * 2 ** 20))
  if (formatted) execFileSync('mkfs.ext4', ['-q', path], { env: { PATH: ADMIN_PATH } })
  return path
}

test('a blank data volume is formatted, and one that holds anything is not', ({ skip }) => {
  const missing = ['mkfs.ext4', 'blkid'].filter(
    (tool) => !ADMIN_PATH.split(':').some((folder) => existsSync(join(folder, tool))),
  )
  skip(missing.length > 0, `not on PATH: ${missing.join(', ')}`)
  expect(mounting(disk(false)).asked).toEqual(['mkfs.xfs', 'mount', 'xfs_growfs'])
  expect(mounting(disk(true)).asked).toEqual(['mount', 'xfs_growfs'])
})

test('a data volume that is not attached yet is another start, never an empty folder', () => {
  const { status, stderr, asked } = mounting((folder) => join(folder, 'none'))
  expect({ status, asked }).toEqual({ status: 1, asked: [] })
  expect(stderr).toContain('is not attached yet')
})

test('images are made ahead beside the PoP, which they never delay, and only on the mounted volume', () => {
  const unit = file('/etc/systemd/system/micropop-warm.service')
  expect(unit).toMatch(/^After=micropop-pop\.service /m)
  expect(unit).toMatch(/^ExecStartPre=\/usr\/bin\/mountpoint -q \/var\/lib\/micropop$/m)
  expect(unit).toMatch(/--network none/)
  expect(unit).toMatch(/registry\.test\/micropop:1 warm$/m)
  expect(file('/etc/systemd/system/micropop-pop.service')).not.toContain('warm')
})

test('the service runs the image without privileges, and comes back whatever happens', () => {
  const unit = file('/etc/systemd/system/micropop-pop.service')
  expect(unit).toMatch(/--cap-drop ALL --security-opt no-new-privileges/)
  expect(unit).toMatch(/registry\.test\/micropop:1 pop$/m)
  expect(unit).toMatch(/^Restart=always$/m)
  expect(config.runcmd).toContainEqual(['systemctl', 'enable', '--now', '--no-block', 'micropop-pop.service'])
})

test('what stops a PoP waits for its drain and for the end of its log, as long as Fargate lets a task', () => {
  const stop = Number(/docker stop --time (\d+)/.exec(userData)?.[1])
  const unit = Number(/TimeoutStopSec=(\d+)/.exec(userData)?.[1])
  expect(stop).toBeGreaterThan(DEFAULT_DRAIN_DEADLINE_S)
  expect(unit).toBeGreaterThan(stop)
  expect(STOP_GRACE_S).toBeLessThanOrEqual(120)
})
