import { type ChildProcessByStdio, spawn } from 'node:child_process'
import { once } from 'node:events'
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readlinkSync,
  rmSync,
  watch,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { isGoodVersion } from './setup/go-tools.mjs'

const ROOT = join(import.meta.dirname, '..')
const GOOD_K6 = 'echo "k6 v1.9.0 (go1.26.0, linux/amd64)"'
const GOOD_TOXIPROXY = 'echo "toxiproxy-server version 2.9.0"'

/** A copy of set-up alone, in a clone whose npm packages are installed as far as set-up can tell. */
let clone: string
/** All that is on PATH. */
let bin: string

beforeEach(() => {
  clone = mkdtempSync(join(tmpdir(), 'micropop-setup-'))
  bin = join(clone, 'path')
  mkdirSync(bin)
  for (const path of ['tools/setup.mjs', 'tools/setup', 'package.json', 'package-lock.json']) {
    cpSync(join(ROOT, path), join(clone, path), { recursive: true })
  }
  mkdirSync(join(clone, 'node_modules', '.bin'), { recursive: true })
  mkdirSync(join(clone, 'node_modules', 'node', 'bin'), { recursive: true })
  writeFileSync(join(clone, 'node_modules', 'node', 'bin', 'node'), '')
  cpSync(join(clone, 'package-lock.json'), join(clone, 'node_modules', '.package-lock.json'))
})
afterEach(() => rmSync(clone, { recursive: true, force: true }))

/** Puts a shell script on PATH, or into `folder`; shell built-ins only, since nothing else is there. */
function program(name: string, script: string, folder = bin): void {
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, name), `#!/bin/sh\n${script}\n`, { mode: 0o755 })
}

/** A Python that is or is not of the version asked for, and whose environments' own Python ends with `exit`. */
const python = (exit: number, isThatVersion = true) =>
  `[ "$1" = -c ] && exit ${isThatVersion ? 0 : 1}; /bin/mkdir -p "$3/bin"
   printf '#!/bin/sh\\nexit ${exit}\\n' > "$3/bin/python"; /bin/chmod +x "$3/bin/python"`

function start(...args: string[]): ChildProcessByStdio<null, null, Readable> {
  return spawn(process.execPath, [join(clone, 'tools', 'setup.mjs'), ...args], {
    env: { PATH: bin, PYENV_ROOT: join(clone, 'pyenv') },
    stdio: ['ignore', 'ignore', 'pipe'],
  })
}

async function ended(child: ReturnType<typeof start>): Promise<{ code: number | null; stderr: string }> {
  const [[code], stderr] = await Promise.all([
    once(child, 'close') as Promise<[number | null]>,
    text(child.stderr),
  ])
  return { code, stderr }
}

const setUp = (...args: string[]) => ended(start(...args))
const installed = (path: string) => existsSync(join(clone, path))

describe('k6 and Toxiproxy', () => {
  test('without Go it says what is missing, why, and how to get it on each system', async () => {
    const { code, stderr } = await setUp()
    expect(code).toBe(3)
    expect(stderr).toContain(
      'toxiproxy-server 2.9.0 and k6 1.8.1 cannot be had here: no good version is on PATH, and no Go',
    )
    expect(stderr).toMatch(/Linux: .+go\.dev.+\n +macOS: .+brew.+\n +Windows: .*winget/)
  })

  test('where only the live part needs them, it goes on and says so', async () => {
    const { code, stderr } = await setUp('--live-optional')
    expect(code).toBe(0)
    expect(stderr).toContain('Going on without: the live rehearsal will be left out.')
  })

  test('good versions on PATH are used as they are, and asked for their version only once', async () => {
    program('k6', `echo asked >> "${clone}/asked"; ${GOOD_K6}`)
    program('toxiproxy-server', `echo asked >> "${clone}/asked"; ${GOOD_TOXIPROXY}`)
    for (const round of [1, 2, 3]) {
      const { code, stderr } = await setUp()
      expect({ round, code, stderr }).toMatchObject({ code: 0, stderr: /nothing to do/ })
    }
    expect(readFileSync(join(clone, 'asked'), 'utf8')).toBe('asked\nasked\n')
    expect(installed('.tools/bin')).toBe(false)
  })

  test('what Go builds is installed under the name it is called by', async () => {
    program('k6', GOOD_K6)
    program(
      'go',
      `printf '#!/bin/sh\\n${GOOD_TOXIPROXY}\\n' > "$GOBIN/server"; /bin/chmod +x "$GOBIN/server"`,
    )
    expect((await setUp()).code).toBe(0)
    expect(installed('.tools/bin/toxiproxy-server')).toBe(true)
    expect((await setUp()).stderr).toContain('nothing to do')
  })

  test('nats-server is built where it is asked for, and done without where it cannot be had', async () => {
    program('k6', GOOD_K6)
    program('toxiproxy-server', GOOD_TOXIPROXY)
    const without = await setUp('--nats')
    expect(without).toMatchObject({ code: 0, stderr: expect.stringContaining('over NATS are skipped') })
    const script = `printf '#!/bin/sh\\necho "nats-server: v2.15.2"\\n' > "$GOBIN/nats-server"`
    program('go', `${script}; /bin/chmod +x "$GOBIN/nats-server"`)
    expect((await setUp()).code).toBe(0)
    expect(installed('.tools/bin/nats-server')).toBe(false)
    expect((await setUp('--nats')).code).toBe(0)
    expect([installed('.tools/bin/nats-server'), installed('.tools/part')]).toEqual([true, false])
  })

  test('moto is installed where it is asked for, and done without where it cannot be had', async () => {
    program('k6', GOOD_K6)
    program('toxiproxy-server', GOOD_TOXIPROXY)
    const without = await setUp('--moto')
    expect(without).toMatchObject({ code: 0, stderr: expect.stringContaining('there is no python3 on PATH') })
    expect(without.stderr).toContain('the tests of moto are skipped')
    program('python3', python(1))
    expect((await setUp('--moto')).stderr).toContain('ended with exit code 1')
    expect(installed('.tools/bin/moto_server')).toBe(false)
    program('python3', python(0))
    expect((await setUp('--moto')).stderr).toContain('✓ moto')
    expect(installed('.tools/bin/moto_server')).toBe(true)
    expect((await setUp('--moto')).stderr).not.toContain('✓ moto')
  })

  test('the validator of FOCUS is installed by the Python that it is made for, on PATH or in pyenv', async () => {
    program('k6', GOOD_K6)
    program('toxiproxy-server', GOOD_TOXIPROXY)
    program('python3', python(0, false))
    // What pyenv puts on PATH for a version that is not the active one.
    program('python3.12', 'echo "pyenv: python3.12: command not found" >&2; exit 127')
    const without = await setUp('--focus-validator')
    expect(without).toMatchObject({
      code: 0,
      stderr: expect.stringContaining('there is no Python 3.12 on PATH or in pyenv'),
    })
    expect(without.stderr).toContain('the test that has the FOCUS data set validated is skipped')
    for (const [version, installs] of [
      ['3.11.9', false],
      ['3.12.4', true],
    ] as const) {
      program('python3', python(0), join(clone, 'pyenv', 'versions', version, 'bin'))
      expect((await setUp('--focus-validator')).stderr.includes('✓ focus-validator')).toBe(installs)
      expect(installed('.tools/bin/focus-validator')).toBe(installs)
    }
    expect((await setUp('--focus-validator')).stderr).not.toContain('✓ focus-validator')
  })

  test('a build that fails, or builds what does not start, installs nothing', async () => {
    program('toxiproxy-server', GOOD_TOXIPROXY)
    for (const [script, why] of [
      ['echo "no network" >&2; echo partial > "$GOBIN/k6"; exit 1', 'no network'],
      ['echo "not a program" > "$GOBIN/k6"; /bin/chmod +x "$GOBIN/k6"', 'does not start'],
    ] as const) {
      program('go', script)
      const { code, stderr } = await setUp()
      expect({ code, stderr }).toMatchObject({ code: 3, stderr: expect.stringContaining(why) })
      expect(installed('.tools/bin/k6') || installed('.tools/part')).toBe(false)
    }
  })

  test.each(['SIGINT', 'SIGTERM'] as const)(
    '%s stops the build and leaves nothing behind',
    async (signal) => {
      program('toxiproxy-server', GOOD_TOXIPROXY)
      program(
        'go',
        `echo $$ > "${clone}/pid"; /bin/mv "${clone}/pid" "${clone}/building/"; exec /bin/sleep 600`,
      )
      mkdirSync(join(clone, 'building'))
      const building = watch(join(clone, 'building'))
      const child = start()
      const outcome = ended(child)
      while (!installed('building/pid')) await once(building, 'change')
      building.close()
      child.kill(signal)
      expect(await outcome).toMatchObject({ code: 130, stderr: expect.stringContaining('cancelled') })
      for (const path of ['.tools/bin', '.tools/part', '.tools/setup.lock'])
        expect(installed(path)).toBe(false)
      const pid = Number(readFileSync(join(clone, 'building', 'pid'), 'utf8'))
      expect(() => process.kill(pid, 0)).toThrow('ESRCH')
    },
  )

  test('a set-up that died does not block the next one', async () => {
    const dead = spawn(process.execPath, ['--version'])
    await once(dead, 'close')
    mkdirSync(join(clone, '.tools'))
    writeFileSync(join(clone, '.tools', 'setup.lock'), String(dead.pid))
    expect((await setUp('--live-optional')).code).toBe(0)
  })

  test.each([
    ['1.8.1', 'k6 v1.8.1 (go1.26.8, linux/amd64)', true],
    ['1.8.1', 'k6 v1.10.0', true],
    ['1.8.1', 'k6 v1.8.0', false],
    ['1.8.1', 'k6 v2.0.0', false],
    ['2.9.0', 'toxiproxy-server version git', false],
  ])('wanting %s, "%s" is good: %s', (wanted, output, good) => {
    expect(isGoodVersion(wanted, output)).toBe(good)
  })
})

describe('npm packages', () => {
  beforeEach(() => {
    program('k6', GOOD_K6)
    program('toxiproxy-server', GOOD_TOXIPROXY)
  })

  test('packages that are not there, without npm: it says how to get npm', async () => {
    rmSync(join(clone, 'node_modules'), { recursive: true })
    const { code, stderr } = await setUp('--live-optional')
    expect(code).toBe(3)
    expect(stderr).toContain('npm cannot be had here: it is not on PATH.')
  })

  test.each([
    [
      'another version of a package',
      (lock: string) => lock.replace(/"version": "8\.\d+\.\d+"/, '"version": "0.0.1"'),
    ],
    ['no list of its own, since npm was cut off', () => null],
  ])('an install with %s does not count', async (_, change) => {
    const file = join(clone, 'node_modules', '.package-lock.json')
    const changed = change(readFileSync(file, 'utf8'))
    if (changed === null) rmSync(file)
    else writeFileSync(file, changed)
    program('npm', 'echo "npm ERR! offline"; exit 7')
    const { code, stderr } = await setUp()
    expect(code).toBe(3)
    expect(stderr).toMatch(
      /npm packages cannot be had here: npm ci ended with exit code 7\.\nnpm ERR! offline/,
    )
  })

  test('the command is linked, so that npx finds it', async () => {
    expect((await setUp()).code).toBe(0)
    expect(readlinkSync(join(clone, 'node_modules', '.bin', 'micropop'))).toBe('../../cli/micropop.mjs')
  })
})

test('an unknown option is refused', async () => {
  const { code, stderr } = await setUp('--fast')
  expect(code).toBe(2)
  expect(stderr).toContain('unknown option --fast')
})
