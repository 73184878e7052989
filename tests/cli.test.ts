// The command as a user meets it: a process with arguments, output, signals and an exit code.
import { type ChildProcessByStdio, spawn } from 'node:child_process'
import { once } from 'node:events'
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import type { Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { pathToFileURL } from 'node:url'
import { afterAll, describe, expect, test } from 'vitest'
import { ROOT } from './source-tree.ts'

const LAUNCHER = join(ROOT, 'cli', 'micropop.mjs')
const folder = mkdtempSync(join(tmpdir(), 'micropop-cli-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

type Started = ChildProcessByStdio<null, Readable, Readable>

interface Ended {
  code: number | null
  stdout: string
  stderr: string
}

/** Starts Node with `hooks` (source of a module that Node imports first), then the launcher with `args`. */
function start(args: string[], hooks = '', launcher = LAUNCHER): Started {
  const file = join(folder, `hooks-${args.join('-').replace(/\W/g, '')}-${hooks.length}.mjs`)
  writeFileSync(file, hooks)
  return spawn(process.execPath, ['--import', pathToFileURL(file).href, launcher, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    cwd: folder,
  })
}

async function ended(child: Started): Promise<Ended> {
  const [[code], stdout, stderr] = await Promise.all([
    once(child, 'close') as Promise<[number | null]>,
    child.stdout.readableFlowing === null ? text(child.stdout) : '',
    text(child.stderr),
  ])
  return { code, stdout, stderr }
}

const run = (args: string[], hooks?: string, launcher?: string) => ended(start(args, hooks, launcher))

/** Hooks that put another action in place of the verb `pop`. `action` is the body of an async function. */
function popDoes(action: string): string {
  const source = `
    import { Command } from 'commander'
    import { abortSignal } from './abort.ts'
    import { VoidRun } from '../runtime/errors.ts'
    export const popCommand = () => new Command('pop').action(async () => { ${action} })`
  return `
    import { registerHooks } from 'node:module'
    registerHooks({
      load: (url, context, next) =>
        url.endsWith('/cli/pop.ts')
          ? { format: 'module', shortCircuit: true, source: ${JSON.stringify(source)} }
          : next(url, context),
    })`
}

/** Every verb that this clone has, read from the files and not from the command. */
const verbs = readdirSync(join(ROOT, 'cli'))
  .filter((file) => file.endsWith('.ts'))
  .map((file) => file.replace('.ts', ''))
  .filter((verb) => {
    const command = `${verb.replace(/-(.)/g, (_, letter) => letter.toUpperCase())}Command(): Command`
    return readFileSync(join(ROOT, 'cli', `${verb}.ts`), 'utf8').includes(`function ${command}`)
  })

describe('help and usage', () => {
  test('help lists every verb and the exit codes, and loads neither Pulumi nor a server', async () => {
    const noHeavyModules = `
      import { registerHooks } from 'node:module'
      registerHooks({
        load(url, context, next) {
          if (/@pulumi|fastify|pglite|echarts/.test(url)) throw new Error('help loads ' + url)
          return next(url, context)
        },
      })`
    const { code, stdout, stderr } = await run(['--help'], noHeavyModules)
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    for (const verb of verbs) expect(stdout).toMatch(new RegExp(`^  ${verb}\\b`, 'm'))
    expect(stdout).toContain('130 cancelled')
  })

  test.each(verbs)('%s explains itself on stdout', async (verb) => {
    const { code, stdout, stderr } = await run([verb, '--help'])
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    expect(stdout).toContain(`Usage: micropop ${verb}`)
  })

  test('a mistyped verb is refused with the one that was meant', async () => {
    const { code, stdout, stderr } = await run(['popp'])
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
    expect(stderr).toContain("unknown command 'popp'")
    expect(stderr).toContain('Did you mean pop?')
  })

  test.each([[['pop', '--frobnicate']], [['--frobnicate']], [[]]])(
    '%j is a mistake of the user',
    async (args) => {
      const { code, stdout, stderr } = await run(args)
      expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
      expect(stderr).not.toBe('')
    },
  )

  test('what only a command itself can refuse is told once, as what its parser refuses', async () => {
    const { code, stdout, stderr } = await run([
      'simulate',
      'event.yaml',
      '--workers',
      'nats://127.0.0.1:4222',
    ])
    expect({ code, stdout, stderr }).toEqual({
      code: 2,
      stdout: '',
      stderr:
        'error: --workers run many days: give --runs too.\n(micropop help VERB shows what a verb takes)\n',
    })
  })
})

describe('how a verb ends', () => {
  test('an error that a person can act on is told on stderr, with its exit code', async () => {
    const { code, stdout, stderr } = await run(
      ['pop'],
      popDoes(`throw new VoidRun('MP_LATE', 'too late', 'Again.')`),
    )
    expect({ code, stdout, stderr }).toEqual({
      code: 4,
      stdout: '',
      stderr: 'too late [MP_LATE]\n  Again.\n',
    })
  })

  test.each([
    ['thrown', `throw new TypeError('boom')`],
    [
      'left in a rejected promise',
      `Promise.reject(new TypeError('boom')); await new Promise(() => setInterval(() => {}, 1e6))`,
    ],
  ])('a fault of our own, %s, ends with 5 and a report to send', async (_, action) => {
    const { code, stderr } = await run(['pop'], popDoes(action))
    expect(code).toBe(5)
    expect(stderr).toContain('fault of its own: boom')
    const file = /: (\S+report\.txt)/.exec(stderr)?.[1] ?? ''
    const report = readFileSync(file, 'utf8')
    rmSync(dirname(file), { recursive: true })
    expect(report).toContain('command: micropop pop')
    expect(report).toContain('TypeError: boom')
  })

  test('a reader that has seen enough is no error', async () => {
    const child = start(
      ['pop'],
      popDoes(`for (;;) { process.stdout.write('line\\n'); await new Promise(setImmediate) }`),
    )
    child.stdout.once('data', () => child.stdout.destroy())
    expect(await ended(child)).toMatchObject({ code: 0, stderr: '' })
  })
})

describe('Ctrl-C and SIGTERM', () => {
  const untilAborted = `
    const keep = setInterval(() => {}, 1e6)
    const signal = abortSignal()
    process.stdout.write('ready')
    await new Promise((resolve) => signal.addEventListener('abort', resolve))
    clearInterval(keep)`

  async function signalled(signal: NodeJS.Signals, action: string): Promise<Ended> {
    const child = start(['pop'], popDoes(action))
    child.stdout.once('data', () => child.kill(signal))
    return await ended(child)
  }

  test.each(['SIGINT', 'SIGTERM'] as const)('%s cancels a verb, which tidies up first', async (signal) => {
    const { code, stderr } = await signalled(
      signal,
      `${untilAborted}; console.error('tidied'); throw signal.reason`,
    )
    expect(code).toBe(130)
    expect(stderr).toMatch(/Stopping[\s\S]*tidied[\s\S]*MP_CANCELLED/)
  })

  test('a server that is told to stop and does so has ended well', async () => {
    expect((await signalled('SIGTERM', untilAborted)).code).toBe(0)
  })

  test('a verb that has nothing to stop ends at once', async () => {
    const idle = `process.stdout.write('ready'); await new Promise(() => setInterval(() => {}, 1e6))`
    expect((await signalled('SIGINT', idle)).code).toBe(130)
  })
})

describe('the launcher', () => {
  /** A clone's launcher alone, with `packages` as if installed. */
  function barren(name: string, packages: string[]): string {
    const clone = join(folder, name)
    cpSync(LAUNCHER, join(clone, 'cli', 'micropop.mjs'))
    for (const path of packages) mkdirSync(join(clone, 'node_modules', path), { recursive: true })
    return join(clone, 'cli', 'micropop.mjs')
  }

  const onNode20 = `Object.defineProperty(process.versions, 'node', { value: '20.11.0' })`

  test('on an older Node it goes on with the installed one', async (ctx) => {
    ctx.skip(!existsSync(join(ROOT, 'node_modules', 'node', 'bin')), 'set-up has installed no Node here')
    expect(await run(['--version'], onNode20)).toMatchObject({ code: 0, stdout: '0.1.0\n' })
    expect(await run(['pup'], onNode20)).toMatchObject({ code: 2 })
  })

  test('on an older Node, with none installed, it says so in one line', async () => {
    const { code, stderr } = await run(['--version'], onNode20, barren('old', ['commander']))
    expect(code).toBe(3)
    expect(stderr).toMatch(/^micropop needs Node 24 or newer.*tools\/setup\.mjs.*\n$/)
  })

  test('in a clone that is not set up it says how to', async () => {
    const { code, stderr } = await run(['--version'], '', barren('bare', []))
    expect(code).toBe(3)
    expect(stderr).toMatch(/^micropop is not set up.*npm start.*\n$/)
  })
})
