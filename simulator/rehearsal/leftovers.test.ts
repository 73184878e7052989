import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest'
import { RunRecord, sweepLeftovers } from './leftovers.ts'
import { bootId, commandLine, identify } from './proc-stat.ts'
import { tempFolder } from './testing/temp-folder.ts'

const ARGS = ['-e', 'process.stdout.write("up"); setInterval(() => {}, 1000)']

/** A process that a dead run might have left, and a record that names it. */
async function leftover(change: (record: Recorded) => Recorded = (record) => record) {
  const runs = await tempFolder()
  const child = spawn(process.execPath, ARGS, { stdio: ['ignore', 'pipe', 'ignore'] })
  onTestFinished(() => void child.kill('SIGKILL'))
  await once(child.stdout, 'data')
  const identity = await identify(child.pid as number)
  const record: Recorded = {
    version: 1,
    bootId: (await bootId()) as string,
    owner: { pid: 1, startTicks: 999_999_999 },
    children: [
      {
        name: 'pop',
        pid: child.pid as number,
        startTicks: identity?.startTicks ?? 0,
        argv: [process.execPath, ...ARGS],
      },
    ],
  }
  await mkdir(join(runs, 'run-1'))
  await writeFile(join(runs, 'run-1', 'processes.json'), JSON.stringify(change(record)))
  return { runs, child }
}

interface Recorded {
  version: number
  bootId: string
  owner: { pid: number; startTicks: number }
  children: { name: string; pid: number; startTicks: number; argv: string[] }[]
}

type RecordedChild = Recorded['children'][number]

function withChild(record: Recorded, change: (child: RecordedChild) => Partial<RecordedChild>): Recorded {
  return { ...record, children: record.children.map((child) => ({ ...child, ...change(child) })) }
}

describe('sweep', () => {
  beforeEach(({ skip }) => skip(process.platform !== 'linux', 'only Linux can prove whose a process is'))

  test('ends what a dead run left, and removes its folder', async () => {
    const { runs, child } = await leftover()
    const swept = await sweepLeftovers(runs)
    expect(swept.map(({ name, pid }) => [name, pid])).toEqual([['pop', child.pid]])
    if (child.signalCode === null) await once(child, 'exit')
    expect(child.signalCode).toBe('SIGKILL')
    expect(await readdir(runs)).toEqual([])
  })

  test.each<[string, (record: Recorded) => Recorded]>([
    [
      'started at another time',
      (record) => withChild(record, (child) => ({ startTicks: child.startTicks + 1 })),
    ],
    ['runs another command', (record) => withChild(record, ({ argv }) => ({ argv: [...argv, '--other'] }))],
    ['belongs to another boot', (record) => ({ ...record, bootId: 'another' })],
  ])('leaves a process alone that %s', async (_why, change) => {
    const { runs, child } = await leftover(change)
    expect(await sweepLeftovers(runs)).toEqual([])
    expect(await identify(child.pid as number)).not.toBeNull()
    expect(await readdir(runs)).toEqual([])
  })

  test('leaves a run alone whose owner lives', async () => {
    const owner = await identify(process.pid)
    const { runs, child } = await leftover((record) => ({ ...record, owner: owner as Recorded['owner'] }))
    expect(await sweepLeftovers(runs)).toEqual([])
    expect(await identify(child.pid as number)).not.toBeNull()
    expect(await readdir(runs)).toEqual(['run-1'])
  })

  test('leaves a folder alone whose record it cannot read', async () => {
    const runs = await tempFolder()
    await mkdir(join(runs, 'run-1'))
    await writeFile(join(runs, 'run-1', 'processes.json'), '{"version":1,')
    expect(await sweepLeftovers(runs)).toEqual([])
    expect(await readdir(runs)).toEqual(['run-1'])
  })

  test('has nothing to do where no run has been', async () => {
    expect(await sweepLeftovers(join(await tempFolder(), 'nothing'))).toEqual([])
  })

  test('the record of a run names its owner and its children by what proves them', async () => {
    const folder = await tempFolder()
    const record = await RunRecord.open(folder, process.pid)
    await record.add('self', process.pid, (await commandLine(process.pid)) as string[])
    const written = JSON.parse(await readFile(join(folder, 'processes.json'), 'utf8'))
    const self = await identify(process.pid)
    expect(written).toMatchObject({
      bootId: await bootId(),
      owner: self,
      children: [{ name: 'self', ...self }],
    })
  })
})
