// A deployment in the twin's cloud under the real engine: what it makes, changes, repairs and takes away, with the real
// PoP and central on it.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readdirSync } from 'node:fs'
import { mkdtempDisposable, readFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, relative, resolve } from 'node:path'
import { createInterface } from 'node:readline'
import { expect, type TestContext, test } from 'vitest'
import { loadEvent } from '../infra/event/load.ts'
import { rehearsalClock } from '../simulator/rehearsal/clock.ts'
import { findProgram, toolFolders } from '../simulator/rehearsal/live-tools.ts'
import { identify } from '../simulator/rehearsal/proc-stat.ts'
import { NOBODY_JUDGES } from '../simulator/twin-cloud/judge.ts'
import { JUDGED_TYPES } from '../simulator/twin-cloud/moto/judged-types.ts'
import { smoke } from '../simulator/twin-cloud/smoke.ts'
import { TwinAccount } from '../simulator/twin-cloud/twin-account.ts'

const TIMEOUT_MS = 400_000
const ROOT = resolve(import.meta.dirname, '..')
const EVENT = join(ROOT, 'scenarios/events/pop-up-stand.yaml')
const SECURITY_GROUP = 'aws:ec2/securityGroup:SecurityGroup'
const RECORD = 'aws:route53/record:Record'
const INSTANCE = 'aws:ec2/instance:Instance'
const VOLUME = 'aws:ebs/volume:Volume'

async function skipWithoutTools({ skip }: TestContext): Promise<void> {
  const names = ['pulumi', 'pulumi-language-nodejs', 'toxiproxy-server']
  const found = await Promise.all(names.map((name) => findProgram(name, toolFolders())))
  const missing = names.filter((_, i) => found[i] === null)
  skip(missing.length > 0, `not on PATH: ${missing.join(', ')}`)
}

test('an event lives through its deployments', { timeout: TIMEOUT_MS }, async (context) => {
  await skipWithoutTools(context)
  await using folder = await mkdtempDisposable(join(tmpdir(), 'micropop-twin-'))
  const event = loadEvent(EVENT)
  const { signal } = new AbortController()
  const clock = rehearsalClock
  await using account = await TwinAccount.open({ event, folder: join(folder.path, 'run'), clock, signal })
  const { cloud, machines, stack, signing } = account
  const moto = cloud.judge !== NOBODY_JUDGES
  const only = (type: string) => cloud.store.ofType(type).map(({ id }) => id)
  const message = async () => {
    const venues = event.venues.map(({ name }) => name)
    const to = {
      event: event.name,
      venues,
      broker: false,
      machines,
      folder: folder.path,
      signing,
      clock,
      signal,
    }
    expect((await smoke(to)).map(({ venue }) => venue)).toEqual(venues)
  }

  // A preview makes nothing.
  const preview = await stack.preview()
  expect(preview.errors).toEqual([])
  expect(account.things).toBe(0)

  // No capacity for the machine: the deployment fails with that, in the middle.
  cloud.faults.inject({ type: INSTANCE, code: 'InsufficientInstanceCapacity' })
  const stopped = await stack.up()
  expect(stopped.errors.join()).toMatch(/creating ec2.Instance: api error InsufficientInstanceCapacity/)
  expect(only(INSTANCE)).toEqual([])
  const made = cloud.store.all().map(({ id }) => id)
  expect(made.length).toBeGreaterThan(10)

  // The next one goes on from there: nothing is made twice.
  const recovered = await stack.up()
  expect(recovered.errors).toEqual([])
  expect(cloud.store.all().map(({ id }) => id)).toEqual(expect.arrayContaining(made))
  expect(machines.processes).toBe(2)
  await message()

  // What was made is there in moto too, of which AWS's own calls tell.
  const judged = cloud.store.all().filter(({ type }) => type in JUDGED_TYPES)
  const inMoto = async () =>
    (await Promise.all(judged.map((each) => cloud.judge.exists(each)))).filter(Boolean)
  if (moto) expect(judged.length).toBeGreaterThan(40)
  if (moto) expect(await inMoto()).toHaveLength(judged.length)

  // An unchanged event has nothing to do.
  expect(await stack.up()).toEqual({ changes: { same: preview.changes.create }, errors: [] })

  // Another image is another machine with the same disk, and another revision of central.
  const [machine, disks] = [only(INSTANCE), only(VOLUME)]
  await stack.setConfig({ 'micropop:image': { value: 'registry.invalid/micropop:next' } })
  const changed = await stack.up()
  expect(changed).toMatchObject({ changes: { replace: 3, update: 1 }, errors: [] })
  expect(only(INSTANCE)).not.toEqual(machine)
  expect(only(INSTANCE)).toHaveLength(1)
  expect(only(VOLUME)).toEqual(disks)
  await message()

  // Someone opened a port by hand and deleted a name: a refresh sees both, and a deployment puts them right.
  const [group] = cloud.store.ofType(SECURITY_GROUP)
  const [record] = cloud.store.ofType(RECORD)
  if (group === undefined || record === undefined) throw new Error('nothing to drift')
  await cloud.change(group, { ...group.inputs, ingress: [] })
  await cloud.remove(record)
  expect((await stack.refresh()).changes).toMatchObject({ update: 1, delete: 1 })
  expect(await stack.up()).toMatchObject({ changes: { update: 1, create: 1 }, errors: [] })

  const destroyed = await stack.destroy()
  expect(destroyed.errors).toEqual([])
  expect(account.things).toBe(0)
  expect(machines.processes).toBe(0)
  if (moto) expect(await inMoto()).toEqual([])
  expect(await stack.resources()).toEqual([])
})

test('Ctrl-C in the middle leaves no process and no folder', { timeout: TIMEOUT_MS }, async (context) => {
  await skipWithoutTools(context)
  await using folder = await mkdtempDisposable(join(tmpdir(), 'micropop-twin-'))
  const args = [join(ROOT, 'cli/micropop.mjs'), 'up', '--twin', relative(folder.path, EVENT)]
  const command = spawn(process.execPath, args, { cwd: folder.path, stdio: ['ignore', 'ignore', 'pipe'] })
  const ended = once(command, 'exit')
  const runs = join(folder.path, '.micropop/run')
  let pids: number[] = []
  for await (const line of createInterface({ input: command.stderr })) {
    if (!line.startsWith('✓ preview')) continue
    const [run = ''] = readdirSync(runs)
    const record = JSON.parse(await readFile(join(runs, run, 'processes.json'), 'utf8'))
    pids = record.children.map(({ pid }: { pid: number }) => pid)
    command.kill('SIGINT')
    command.stderr.resume()
    break
  }
  expect(await ended).toEqual([130, null])
  expect(pids.length).toBeGreaterThan(0)
  expect(await Promise.all(pids.map(identify))).toEqual(pids.map(() => null))
  expect(existsSync(runs) ? readdirSync(runs) : []).toEqual([])
})
