// The image, built and started for real: by buildah, in namespaces of its own, as infrastructure starts it.
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import {
  chownSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { CONTAINER_USER, QUEUE_KEY_FILE, STOP_GRACE_S } from '../infra/container.ts'
import { bootUserData } from '../infra/venue-pop/boot.ts'
import { ORIGINALS_DIR } from '../infra/venue-pop/pop-json.ts'
import { makeSampleImages } from '../runtime/assets/sample-images.ts'
import { freePort } from '../runtime/free-ports.ts'
import { DEFAULT_LIMITS } from '../runtime/pop-config.ts'
import { PATHS } from '../runtime/ports.ts'
import { seededRandom } from '../runtime/testing/seeded-random.ts'
import { SessionClient } from '../runtime/testing/session-client.ts'
import { codeVersion } from '../simulator/sweep/code-version.ts'
import { bootMachine, layOutMachine, noMachine } from './boot-machine.ts'
import { type BuiltImage, ImageStore, NotCached, noImage } from './built-image.ts'
import { ROOT } from './source-tree.ts'

const reason = noImage()
if (reason !== null) process.stderr.write(`tests/image.test.ts: no image is built: ${reason}\n`)

/** As infrastructure compiles it, but for loopback and free ports. */
async function config(
  port: number,
  { imagesDir = ORIGINALS_DIR as string | null, keyFile = null as string | null },
) {
  return {
    ...{ version: 1, event: 'test-event', pop: 'hall', dataDir: PATHS.popData, imagesDir },
    listen: { host: '127.0.0.1', port, adminHost: '127.0.0.1', adminPort: await freePort() },
    uplinks: [{ name: 'uplink', url: 'ws://127.0.0.1:9/uplink' }],
    queue: { maxBytes: 100_000_000, segmentBytes: 1_000_000, keyFile },
    limits: DEFAULT_LIMITS,
  }
}

const DOCKER = join(ROOT, 'tests', 'docker-stand-in.sh')

describe.skipIf(reason !== null)('the image', () => {
  const folder = mkdtempSync(join(tmpdir(), 'micropop-image-'))
  const standIn = join(folder, 'stand-in')
  const data = join(folder, 'data')
  const popJson = join(folder, 'pop.json')
  const store = new ImageStore(join(folder, 'images'))
  const docker = (...args: string[]) =>
    spawnSync(DOCKER, args, { env: { ...process.env, STAND_IN: standIn }, encoding: 'utf8' })
  let image: BuiltImage
  let again: BuiltImage
  let pop: ChildProcess
  let port: number
  let unbuilt: NotCached | undefined

  beforeAll(async () => {
    try {
      image = store.build('localhost/micropop-test')
    } catch (error) {
      if (!(error instanceof NotCached)) throw error
      unbuilt = error
      return
    }
    again = store.build('localhost/micropop-test-again')
    store.unpack('localhost/micropop-test', image, standIn)
    port = await freePort()
    writeFileSync(popJson, JSON.stringify(await config(port, { imagesDir: null })))
    mkdirSync(data)
    chownSync(data, CONTAINER_USER, CONTAINER_USER)
  }, 560_000)

  beforeEach(({ skip }) => skip(unbuilt !== undefined, unbuilt?.message))

  afterAll(() => {
    docker('rm', '--force', 'micropop-pop')
    store.remove()
    rmSync(folder, { recursive: true, force: true })
  }, 300_000)

  test('built twice is the same, layer by layer', () => {
    expect(again.layers).toEqual(image.layers)
    expect(again.config).toEqual({ ...image.config, Hostname: expect.anything(), Image: expect.anything() })
  })

  test('says who runs, what it starts and how to ask it for its health', () => {
    expect(image.config).toMatchObject({
      User: `${CONTAINER_USER}:${CONTAINER_USER}`,
      Entrypoint: ['micropop'],
      Cmd: ['pop'],
      Labels: { 'org.opencontainers.image.revision': 'test' },
      Healthcheck: { Test: ['CMD', 'node', '/opt/micropop/infra/image/health.ts'] },
    })
  })

  test('has no file that its user may write outside its data folder, nor one that gives another user’s rights', () => {
    const found = spawnSync(
      'find',
      [
        'root/opt',
        'root/usr/local',
        '(',
        '-user',
        String(CONTAINER_USER),
        '-o',
        '-perm',
        '/6022',
        ')',
        '!',
        '-type',
        'l',
      ],
      { cwd: standIn, encoding: 'utf8' },
    )
    expect(found.stdout).toBe('')
  })

  test('starts as its user on a read-only root without capabilities, and is healthy', async () => {
    const startedMs = performance.now()
    pop = spawn(
      DOCKER,
      [
        ...['run', '--rm', '--name', 'micropop-pop', '--network', 'host', '--read-only', '--tmpfs', '/tmp'],
        ...['--user', `${CONTAINER_USER}:${CONTAINER_USER}`, '--cap-drop', 'ALL'],
        ...['--security-opt', 'no-new-privileges', '--volume', `${popJson}:${PATHS.popConfig}:ro`],
        ...['--volume', `${data}:${PATHS.popData}`, 'localhost/micropop-test', 'pop', '--log-level', 'error'],
      ],
      { env: { ...process.env, STAND_IN: standIn }, stdio: ['ignore', 'pipe', 'inherit'] },
    )
    const [ready] = await once(pop.stdout as NodeJS.ReadableStream, 'data')
    process.stdout.write(`the image is ready after ${Math.round(performance.now() - startedMs)} ms\n`)
    expect(JSON.parse(String(ready))).toMatchObject({ ready: true, port })
    const inside = readFileSync(`/proc/${pop.pid}/task/${pop.pid}/children`, 'utf8').trim()
    const status = readFileSync(`/proc/${inside}/status`, 'utf8')
    expect(status).toMatch(new RegExp(`^Uid:(\\s+${CONTAINER_USER}){4}$`, 'm'))
    expect(status).toMatch(/^CapEff:\s+0+$/m)
    expect(status).toMatch(/^CapPrm:\s+0+$/m)
    expect(status).toMatch(/^NoNewPrivs:\s+1$/m)
    const health = docker('exec', 'micropop-pop', ...image.config.Healthcheck.Test.slice(1))
    expect(health).toMatchObject({ status: 0, stderr: '' })
    const write = (path: string) =>
      docker('exec', 'micropop-pop', 'node', '-e', `fs.writeFileSync('${path}', '')`).stderr
    expect(write('/opt/micropop/x')).toContain('EROFS')
    expect(write('/etc/micropop/pop.json')).toContain('EROFS')
    expect(write(`${PATHS.popData}/x`)).toBe('')
    expect(write('/tmp/x')).toBe('')
  }, 60_000)

  test('serves a session and keeps its publish on the data volume', async () => {
    const ann = await SessionClient.open(`ws://127.0.0.1:${port}${PATHS.session}`, 'ann')
    ann.publish({ seq: 1, ch: 'room', body: 'from a container' })
    expect(await ann.acked(1)).toMatchObject({ durable: 'disk' })
    ann.drop()
    expect(readdirSync(join(data, 'queue')).some((name) => name.endsWith('.log'))).toBe(true)
  })

  test('shows its queue to who looks into the container, and says what it has not', () => {
    const inspect = docker('exec', 'micropop-pop', 'micropop', 'queue', 'inspect', PATHS.popData)
    expect(inspect).toMatchObject({ status: 0, stdout: expect.stringContaining('interactive') })
    const forecast = docker('exec', 'micropop-pop', 'micropop', 'forecast', 'event.yaml')
    expect(forecast).toMatchObject({ status: 3, stderr: expect.stringContaining('MP_VERB_NOT_HERE') })
  }, 60_000)

  test('runs days for simulations with the same code as this clone, by its digest', () => {
    const args = ['worker', '--nats', 'nats://127.0.0.1:9', '--threads', '1']
    const worker = docker('exec', 'micropop-pop', 'micropop', ...args)
    expect(worker).toMatchObject({ status: 3, stderr: expect.stringContaining('MP_NATS_UNREACHABLE') })
    expect(worker.stderr).toContain(`with ${codeVersion()}`)
  }, 60_000)

  test('drains and ends within its grace when it is stopped', async () => {
    const ended = once(pop, 'exit')
    const startedMs = performance.now()
    docker('stop', '--time', String(STOP_GRACE_S), 'micropop-pop')
    expect(await ended).toEqual([0, null])
    expect(performance.now() - startedMs).toBeLessThan(STOP_GRACE_S * 1000)
  }, 70_000)

  test('boots by the user data of an EC2 PoP: disk, secrets, originals, a session, and its images made ahead', async ({
    skip,
  }) => {
    const without = noMachine()
    skip(without !== null, without ?? '')
    const machine = join(folder, 'machine')
    await makeSampleImages(join(machine, 'bucket/originals'), 1, (image) => seededRandom(image))
    cpSync(standIn, join(machine, 'stand-in'), { recursive: true, verbatimSymlinks: true })
    const bootPort = await freePort()
    const secrets = { 'arn:token': 'the-token', 'arn:key': 'ab'.repeat(32) }
    const userData = bootUserData({
      popJson: JSON.stringify(await config(bootPort, { keyFile: QUEUE_KEY_FILE })),
      image: 'registry.test/micropop:1',
      region: 'eu-west-1',
      uplinkSecretArn: 'arn:token',
      certificateArn: null,
      replicaTokenArn: null,
      prepared: false,
      instanceStore: false,
      reported: null,
      follows: null,
      leaf: null,
      queueKeyArn: 'arn:key',
      bucketName: 'assets',
      fetches: null,
    })
    layOutMachine(machine, { userData, secrets })
    const startedMs = performance.now()
    const sinceStart = () => Math.round(performance.now() - startedMs)
    const booted = bootMachine(machine)
    const ended = once(booted, 'exit')
    const lines = createInterface({ input: booted.stdout as NodeJS.ReadableStream })[Symbol.asyncIterator]()
    expect(JSON.parse((await lines.next()).value ?? '')).toMatchObject({ ready: true, port: bootPort })
    const readyMs = sinceStart()
    const ann = await SessionClient.open(`ws://127.0.0.1:${bootPort}${PATHS.session}`, 'ann')
    ann.publish({ seq: 1, ch: 'room', body: 'at doors' })
    expect(await ann.acked(1)).toMatchObject({ durable: 'disk' })
    const servedMs = sinceStart()
    ann.drop()
    expect((await lines.next()).value).toBe('1 originals: 12 images made, 0 were there.')
    process.stdout.write(
      `from the boot script to a ready PoP ${readyMs} ms, to the first session’s publish on disk ${servedMs} ms, ` +
        `to warm caches ${sinceStart()} ms\n`,
    )
    const image = await fetch(`http://127.0.0.1:${bootPort}${PATHS.images}/sample-01.jpg?w=320`)
    expect(image.headers.get('content-type')).toBe('image/jpeg')
    booted.stdin?.write('\n')
    expect(await ended).toEqual([0, null])
  }, 180_000)
})
