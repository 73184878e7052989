// `micropop support-bundle`: secrets and personal data are planted in every input, and none of them is in the file.
import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { gunzipSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { DEFAULT_LIMITS } from '../runtime/pop-config.ts'
import { newKeyPair } from '../runtime/token-keys.ts'
import { dataFolder, open, session, start } from './running-pop.ts'
import { ROOT } from './source-tree.ts'

const TIMEOUT_MS = 60_000

/** What must not leave: of persons, and secrets. */
const PLANTED = {
  person: 'Ada-Lovelace-1815',
  mail: 'ada.lovelace@example.org',
  phone: '+44 20 7946 0958',
  address: '203.0.113.77',
  token: 'eyJhbGciOiJFZERTQSJ9.eyJzdWIiOiJhZGEifQ.c2lnbmF0dXJlLW9mLWFkYQ',
  uplink: 'uplink-secret-7f3a9c',
  database: 'postgres://central:pg-password-55@db.internal/prod',
  words: 'I would rather nobody read this',
  image: 'portrait-of-ada.jpg',
}
const ALL = Object.values(PLANTED)
/** A digest may spell a name by chance: “ada” is hexadecimal. */
const DIGEST = /[0-9a-f]{16,}/g

async function bundle(out: string, ...args: string[]): Promise<{ code: number; stderr: string }> {
  const command = [join(ROOT, 'cli', 'micropop.mjs'), 'support-bundle', '--out', out, ...args]
  const env = { ...process.env, MICROPOP_UPLINK_TOKEN: PLANTED.uplink, DATABASE_URL: PLANTED.database }
  const child = spawn(process.execPath, command, { env, stdio: ['ignore', 'ignore', 'pipe'] })
  const [[code], stderr] = await Promise.all([once(child, 'close') as Promise<[number]>, text(child.stderr)])
  return { code, stderr }
}

/** Unpacked by the system's own tar: file name to text. */
async function unpacked(file: string): Promise<Record<string, string>> {
  const folder = await dataFolder()
  execFileSync('tar', ['-xzf', file, '-C', folder])
  execFileSync('sha256sum', ['--check', '--quiet', 'SHA256SUMS'], { cwd: join(folder, 'micropop-support') })
  const names = readdirSync(join(folder, 'micropop-support'))
  return Object.fromEntries(
    names.map((name) => [name, readFileSync(join(folder, 'micropop-support', name), 'utf8')]),
  )
}

async function plantedConfig(folder: string): Promise<string> {
  const { public: key } = await newKeyPair('EdDSA', PLANTED.person)
  const file = join(folder, 'pop.json')
  writeFileSync(
    file,
    JSON.stringify({
      version: 1,
      event: 'summit',
      pop: 'hall',
      listen: { host: PLANTED.address, port: 7070, adminPort: 7071 },
      auth: { issuer: PLANTED.mail, audience: PLANTED.person, jwks: { keys: [key] } },
      tls: { certFile: `/home/${PLANTED.person}/c.pem`, keyFile: `/home/${PLANTED.person}/k.pem` },
      door: { trustedProxies: [`${PLANTED.address}/32`] },
      dataDir: `/home/${PLANTED.person}`,
      uplinks: [
        { name: 'line', url: `wss://u:${PLANTED.uplink}@db.internal:7080/uplink?t=${PLANTED.token}` },
      ],
      queue: { maxBytes: 1e9, segmentBytes: 1e6, keyFile: `/keys/${PLANTED.person}` },
      channels: [{ match: `dm.${PLANTED.person}`, upstream: { where: { eq: ['body.mail', PLANTED.mail] } } }],
      limits: DEFAULT_LIMITS,
      imagesDir: `/home/${PLANTED.person}/img`,
    }),
  )
  return file
}

function plantedLog(folder: string): string {
  const time = 1_795_000_000_000
  const line = (fields: object) => JSON.stringify({ level: 40, time, pop: PLANTED.person, ...fields })
  const lines = [
    line({ msg: 'the uplink fails; trying again', err: `401 for ${PLANTED.uplink} of ${PLANTED.mail}` }),
    line({ msg: 'the store failed', code: '23505', reason: `Key (client)=(${PLANTED.person}) is there` }),
    line({
      msg: `hello ${PLANTED.person}`,
      client: PLANTED.person,
      from: PLANTED.address,
      sub: PLANTED.mail,
    }),
    line({ msg: 'a client goes on far ahead', client: PLANTED.person, lane: 'interactive', ahead: 12 }),
    line({
      msg: 'cannot read what central lacks',
      err: { type: 'Error', message: PLANTED.words, code: 'EIO' },
    }),
    line({ msg: PLANTED.words, body: PLANTED.words, image: PLANTED.image, [PLANTED.person]: 7 }),
    `${PLANTED.phone} is no JSON`,
    JSON.stringify({ level: PLANTED.mail, time, msg: PLANTED.words }),
  ]
  const file = join(folder, `${PLANTED.person}.log`)
  writeFileSync(file, `${lines.join('\n')}\n`)
  return file
}

/** An admin port that says what it should not. */
async function gossip(): Promise<string> {
  const status = {
    ...{ event: PLANTED.mail, pop: PLANTED.person, version: PLANTED.token, upS: 5 },
    protocols: { session: PLANTED.words, uplink: 'micropop-uplink.v1' },
    sessions: { open: 1, max: 5, who: [PLANTED.person] },
    queue: {
      ...{ backlog: 1, backlogBytes: 9, oldestS: 70, usedBytes: 1, maxBytes: 9, shed: 0, writable: true },
      newest: PLANTED.words,
    },
    disk: { fault: `EACCES: /home/${PLANTED.person}` },
    certificate: { fault: `of ${PLANTED.mail}` },
    uplink: {
      ...{ connected: false, fault: `connect ECONNREFUSED ${PLANTED.address}:7080`, syncStopped: null },
      paths: [{ name: PLANTED.person, live: false, fault: PLANTED.uplink, rttMs: null }],
    },
    compared: null,
    replica: null,
  }
  const metrics = [
    `# HELP micropop_published_total ${PLANTED.words}`,
    `micropop_published_total{client="${PLANTED.person}",lane="bulk"} 7`,
    `micropop_uplink_live{uplink="${PLANTED.person}"} 0`,
    `micropop_refused_total{code="${PLANTED.token}"} 1`,
    `${PLANTED.person.toLowerCase().replaceAll('-', '_')} 1`,
  ].join('\n')
  const server = createServer(({ url }, response) => {
    response.end(url === '/metrics' ? metrics : JSON.stringify(status))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  open.push({ close: () => server.close() })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

test(
  'nothing planted is in it, and what helps is',
  async () => {
    const folder = await dataFolder()
    const dataDir = join(folder, 'hall')
    mkdirSync(dataDir)
    const pop = await start({ dataDir })
    const ada = await session(pop, PLANTED.person)
    ada.publish({ seq: 1, ch: `dm.${PLANTED.person}`, body: { mail: PLANTED.mail, words: PLANTED.words } })
    await ada.acked(1)
    const out = join(folder, 'support.tar.gz')
    const made = await bundle(
      out,
      ...['--pop', `http://127.0.0.1:${pop.adminPort}`, await gossip()],
      ...['--config', await plantedConfig(folder), '--data', dataDir, '--log', plantedLog(folder)],
    )
    expect(made).toEqual({ code: 0, stderr: '' })

    const whole = gunzipSync(readFileSync(out))
    expect(ALL.filter((planted) => whole.includes(planted))).toEqual([])
    const words = whole.toString().replaceAll(DIGEST, '')
    expect(words).not.toMatch(/ada|lovelace|db\.internal|pg-password/i)

    const files = await unpacked(out)
    expect(Object.keys(files).sort()).toEqual([
      ...[
        'SHA256SUMS',
        'about.json',
        'config-1.json',
        'log-1.ndjson',
        'pop-1-metrics.txt',
        'pop-1-status.json',
      ],
      ...['pop-2-metrics.txt', 'pop-2-status.json', 'queue-1.json'],
    ])
    const of = (name: string) => JSON.parse(files[name] ?? '')
    expect(of('about.json')).toMatchObject({
      micropop: '0.1.0',
      program: expect.stringMatching(/^[0-9a-f]{64}$/),
    })
    expect(of('config-1.json')).toMatchObject({
      auth: { keys: ['EdDSA'] },
      queue: { maxBytes: 1e9, encrypted: true },
      channels: [{ upstream: 'filtered' }],
      uplinks: [{ name: 'line', protocol: 'wss:', port: '7080' }],
    })
    expect(of('queue-1.json')).toMatchObject({
      records: 1,
      clients: 1,
      lanes: { interactive: { backlog: 1 } },
    })
    expect(of('pop-1-status.json').status).toMatchObject({ pop: 'hall', queue: { backlog: 1 } })
    expect(of('pop-2-status.json')).toMatchObject({
      status: { pop: '[left out]', uplink: { fault: 'ECONNREFUSED' }, disk: { fault: 'EACCES' } },
      problems: expect.arrayContaining(
        ['not connected to central: ECONNREFUSED', 'an uplink is down'].slice(0, 1),
      ),
    })
    expect(files['pop-1-metrics.txt']).toContain('micropop_committed_total 1')
    expect(files['pop-2-metrics.txt']).toContain('micropop_published_total{other="[left out]",lane="bulk"} 7')
    const [head, ...log] = (files['log-1.ndjson'] ?? '')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line))
    expect(head).toMatchObject({ lines: 6, leftOut: 2 })
    expect(log[0]).toMatchObject({ msg: 'the uplink fails; trying again', err: '[left out]' })
    expect(log[1]).toMatchObject({ msg: 'the store failed', code: '23505', reason: '[left out]' })
    expect(log[3]).toMatchObject({ msg: 'a client goes on far ahead', lane: 'interactive', ahead: 12 })
    expect(log[4]).toMatchObject({ err: 'EIO' })
  },
  TIMEOUT_MS,
)

test(
  'it is written whole or not at all, never over another by accident, and a long log is told by its end',
  async () => {
    const folder = await dataFolder()
    const log = join(folder, 'long.log')
    const line = JSON.stringify({ level: 30, time: 1, msg: 'the store failed', n: 1 })
    writeFileSync(
      log,
      `${`${line}\n`.repeat(200_000)}${JSON.stringify({ level: 30, time: 2, msg: 'following' })}\n`,
    )
    const out = join(folder, 'support.tar.gz')
    const missing = await bundle(out, '--log', log, '--data', join(folder, 'nothing'))
    expect(missing.code).toBe(2)
    expect(missing.stderr).toContain('MP_BUNDLE_INPUT')
    expect(readdirSync(folder)).toEqual(['long.log'])

    expect((await bundle(out, '--log', log)).code).toBe(0)
    const kept = (await unpacked(out))['log-1.ndjson'] ?? ''
    expect(kept.length).toBeLessThan(1_100_000)
    expect(kept.trimEnd().split('\n').at(-1)).toContain('"time":2')
    const before = readFileSync(out)
    const again = await bundle(out, '--log', log)
    expect(again.code).toBe(2)
    expect(again.stderr).toContain('MP_FILE_EXISTS')
    expect(readFileSync(out).equals(before)).toBe(true)
    expect((await bundle(join(folder, 'none.tar.gz'))).code).toBe(2)
    expect(existsSync(join(folder, 'none.tar.gz'))).toBe(false)
  },
  TIMEOUT_MS,
)
