import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { promisify } from 'node:util'
import { describe, expect, onTestFinished, test } from 'vitest'
import { rehearsalClock, until } from './clock.ts'
import { identify } from './proc-stat.ts'
import { type ChildSpec, diesWithParent, ProcessGroup } from './process-group.ts'
import { tempFolder } from './testing/temp-folder.ts'

function nodeChild(name: string, script: string, more: Partial<ChildSpec> = {}): ChildSpec {
  return { name, command: process.execPath, args: ['-e', script], ...more }
}

const IDLE = 'setInterval(() => {}, 1000)'
const READY = `console.log(JSON.stringify({ ready: true, port: 1 })); ${IDLE}`

async function openGroup(): Promise<{ group: ProcessGroup; folder: string }> {
  const folder = await tempFolder()
  const group = await ProcessGroup.open(folder)
  onTestFinished(() => group.stop())
  return { group, folder }
}

function gone(pid: number): Promise<true> {
  return until(async () => ((await identify(pid)) === null ? true : undefined), {
    clock: rehearsalClock,
    everyMs: 10,
    limitMs: 10_000,
    onLate: () => new Error(`process ${pid} still runs`),
  })
}

describe('process group', () => {
  test('a server is ready at its JSON line, whatever it said before', async () => {
    const { group } = await openGroup()
    const { ready } = await group.startServer(nodeChild('a', `console.log('hello'); ${READY}`), 10_000)
    expect(ready).toEqual({ ready: true, port: 1 })
  })

  test('a server that dies at start is told at once, with its last words, and says 5', async () => {
    const { group, folder } = await openGroup()
    const dying = nodeChild('a', `console.error('no disk\\nno hope'); process.exit(1)`)
    await expect(group.startServer(dying, 10_000)).rejects.toMatchObject({
      code: 'MP_CHILD_DIED',
      exitCode: 5,
      message: expect.stringMatching(/a ended early with exit code 1[\s\S]*no disk[\s\S]*no hope/),
    })
    expect(await readFile(join(folder, 'a.log'), 'utf8')).toContain('no hope')
  })

  test('one that may end ends no group, is told of while it starts, and takes signals', async () => {
    const { group } = await openGroup()
    const { child } = await group.startServer(nodeChild('a', READY, { mayEnd: true }), 10_000)
    group.signal(child, 'SIGKILL')
    expect(await child.exited).toMatchObject({ signal: 'SIGKILL' })
    group.signal(child, 'SIGTERM')
    expect(group.failure.aborted).toBe(false)
    const dying = nodeChild('b', 'process.exit(3)', { mayEnd: true })
    await expect(group.startServer(dying, 10_000)).rejects.toMatchObject({ code: 'MP_CHILD_LACKS' })
    expect(group.failure.aborted).toBe(false)
  })

  test('a server that says that something is missing here passes its 3 on', async () => {
    const { group } = await openGroup()
    const lacking = nodeChild('a', `console.error('port 80 is taken'); process.exit(3)`)
    await expect(group.startServer(lacking, 10_000)).rejects.toMatchObject({ exitCode: 3 })
  })

  test('one child is ended and the others run on, and that is no failure', async () => {
    const { group } = await openGroup()
    const [first, second] = [await group.start(nodeChild('a', IDLE)), await group.start(nodeChild('b', IDLE))]
    await group.end(first)
    await gone(first.pid)
    expect(await identify(second.pid)).not.toBeNull()
    expect(group.failure.aborted).toBe(false)
  })

  test('a command that cannot be started is told with its name', async () => {
    const { group } = await openGroup()
    const spec = { name: 'a', command: '/nowhere/at-all', args: [] }
    await expect(group.startServer(spec, 10_000)).rejects.toMatchObject({ code: 'MP_CHILD_DIED' })
  })

  test('a server that is never ready is given up after its time', async () => {
    const { group } = await openGroup()
    await expect(group.startServer(nodeChild('a', IDLE), 50)).rejects.toMatchObject({ code: 'MP_CHILD_SLOW' })
  })

  test('a server that dies later makes the run fail with what it said', async () => {
    const { group } = await openGroup()
    const failed = once(group.failure, 'abort')
    await group.startServer(
      nodeChild('a', `${READY}; setTimeout(() => { throw new Error('broken') }, 50)`),
      10_000,
    )
    await failed
    expect(group.failure.reason).toMatchObject({ code: 'MP_CHILD_DIED' })
    expect(group.failure.reason.message).toContain('broken')
  })

  test('a child that ends by itself is no failure, and nor is one that is stopped', async () => {
    const { group } = await openGroup()
    const child = await group.start(nodeChild('load', 'process.exit(7)', { endsByItself: true }))
    expect(await child.exited).toEqual({ code: 7, signal: null })
    await group.startServer(nodeChild('a', READY), 10_000)
    await group.stop()
    expect(group.failure.aborted).toBe(false)
  })

  test('waiting for a server ends with the signal of the run', async () => {
    const { group } = await openGroup()
    const abort = new AbortController()
    const starting = group.startServer(nodeChild('a', IDLE), 10_000, abort.signal)
    abort.abort(new Error('cancelled by hand'))
    await expect(starting).rejects.toThrow('cancelled by hand')
  })

  test('stops the last started first, and each is asked before it is killed', async () => {
    const { group, folder } = await openGroup()
    const order = join(folder, 'order')
    const polite = (name: string) =>
      nodeChild(
        name,
        `process.on('SIGTERM', () => { require('fs').appendFileSync(${JSON.stringify(order)}, '${name} '); process.exit(0) }); ${READY}`,
      )
    const children = []
    for (const name of ['a', 'b', 'c']) children.push((await group.startServer(polite(name), 10_000)).child)
    await group.stop()
    expect(await readFile(order, 'utf8')).toBe('c b a ')
    for (const { pid } of children) expect(await identify(pid)).toBeNull()
  })

  test('a child that ignores SIGTERM is killed, with what it started', async () => {
    const folder = await tempFolder()
    const grace = {
      ...rehearsalClock,
      sleep: (_ms: number, signal?: AbortSignal) => rehearsalClock.sleep(10, signal),
    }
    const group = await ProcessGroup.open(folder, grace)
    const stubborn = `process.on('SIGTERM', () => {}); require('child_process').spawn(process.execPath, ['-e', ${JSON.stringify(IDLE)}]); ${IDLE}`
    const child = await group.start(nodeChild('a', stubborn))
    const grandchild = await childOf(child.pid)
    await group.stop()
    expect(await child.exited).toMatchObject({ signal: 'SIGKILL' })
    await gone(grandchild)
  })
})

async function childOf(pid: number): Promise<number> {
  const line = await until(
    async () => (await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8')).trim() || undefined,
    { clock: rehearsalClock, everyMs: 10, limitMs: 10_000, onLate: () => new Error('no child started') },
  )
  return Number(line)
}

test('children die with a parent that is killed with SIGKILL', async ({ skip }) => {
  skip(!diesWithParent(), 'no setpriv with --pdeathsig on this machine')
  const folder = await tempFolder()
  const script = join(folder, 'parent.ts')
  const module = join(import.meta.dirname, 'process-group.ts')
  await writeFile(
    script,
    `import { ProcessGroup } from ${JSON.stringify(module)}
       const group = await ProcessGroup.open(${JSON.stringify(folder)})
       const { child } = await group.startServer(${JSON.stringify(nodeChild('a', READY))}, 10_000)
       console.log(child.pid)`,
  )
  const parent = spawn(process.execPath, [script], { stdio: ['ignore', 'pipe', 'inherit'] })
  const [line] = await once(createInterface({ input: parent.stdout }), 'line')
  const pid = Number(line)
  expect(await identify(pid)).not.toBeNull()
  parent.kill('SIGKILL')
  await gone(pid)
})

test('what is measured does not go first; what measures does where this user may arrange it', async () => {
  const { group } = await openGroup()
  const niceness = async (pid: number) =>
    (await promisify(execFile)('ps', ['-o', 'ni=', '-p', String(pid)])).stdout.trim()
  const server = await group.startServer(nodeChild('server', READY), 10_000)
  const load = await group.startServer(nodeChild('load', READY, { instrument: true }), 10_000)
  const own = await niceness(process.pid)
  expect(await niceness(server.child.pid)).toBe(own)
  expect(Number(await niceness(load.child.pid))).toBeLessThanOrEqual(Number(own))
})
