// A second machine takes over, by the script that its boot writes: a real PoP, a real follower, and a shell that believes
// it is on EC2.
import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { PROMOTE_FILE, takeOverScript } from '../infra/venue-pop/boot-standby.ts'
import { freePort } from '../runtime/free-ports.ts'
import { DEFAULT_LIMITS, popConfigSchema } from '../runtime/pop-config.ts'
import { PATHS, PORTS } from '../runtime/ports.ts'
import { SessionClient } from '../runtime/testing/session-client.ts'
import { cleanUp, EVENT, folder, PopProcess, queueState } from './loaded-pop.ts'

const TIMEOUT_MS = 90_000
const COMMAND = join(import.meta.dirname, '../cli/micropop.mjs')

async function configFile(replicaPort: number, listen: object = {}): Promise<string> {
  const file = join(await folder('standby-config'), 'pop.json')
  const config = popConfigSchema.parse({
    version: 1,
    event: EVENT,
    pop: 'remote',
    listen: { host: '127.0.0.1', port: 0, adminHost: '127.0.0.1', adminPort: 0, ...listen },
    dataDir: await folder('standby-data'),
    uplinks: [{ name: 'uplink', url: 'ws://127.0.0.1:9/uplink' }],
    queue: { maxBytes: 100_000_000, segmentBytes: 1_000_000 },
    limits: DEFAULT_LIMITS,
    replica: { host: '127.0.0.1', port: replicaPort },
    sessionThreads: 0,
    imagesDir: null,
  })
  await writeFile(file, JSON.stringify(config))
  return file
}

/** The tools of the machine, as scripts: systemd starts and stops real processes, AWS only writes down what it is asked. */
async function machine(config: string, followerPid: number) {
  const at = await folder('standby-machine')
  const tool = (name: string, lines: string) =>
    writeFile(join(at, name), `#!/bin/sh\n${lines}\n`, { mode: 0o755 })
  await writeFile(join(at, 'micropop-follow'), '')
  await tool(
    'systemctl',
    `case "$*" in
  'is-active --quiet '*) [ -e "${at}/$3" ] ;;
  'disable --now micropop-follow') kill ${followerPid}; while kill -0 ${followerPid} 2>/dev/null; do :; done; rm ${at}/micropop-follow ;;
  'enable --now micropop-pop') . ${at}/promote
    '${process.execPath}' '${COMMAND}' pop $PROMOTE --config '${config}' --log-level error > ${at}/out 2> ${at}/err &
    echo $! > ${at}/micropop-pop ;;
  *) exit 1 ;;
esac`,
  )
  await tool('aws', `echo "$*" >> ${at}/asked`)
  await tool(
    'curl',
    'case "$*" in *api/token) echo a-token ;; *instance-id) echo i-123 ;; *) exec /usr/bin/curl "$@" ;; esac',
  )
  cleanUp.push(async () => {
    const pid = await readFile(join(at, 'micropop-pop'), 'utf8').catch(() => '')
    if (pid !== '') process.kill(Number(pid), 'SIGKILL')
  })
  return at
}

test('refused while the first machine answers; when it is gone the copy becomes the PoP, and only then has the address', {
  timeout: TIMEOUT_MS,
}, async (context) => {
  context.skip(!existsSync('/usr/bin/curl'), 'no /usr/bin/curl')
  const [replicaPort, nextPort, adminPort, nextReplica] = [
    await freePort(),
    await freePort(),
    await freePort(),
    await freePort(),
  ]
  const first = new PopProcess(await configFile(replicaPort))
  const { session } = await first.ready()
  const standby = await configFile(nextReplica, { port: nextPort, adminPort })
  const leader = ['--leader', `ws://127.0.0.1:${replicaPort}${PATHS.replica}`]
  const follower = new PopProcess(standby, leader, 'follow')
  const at = await machine(standby, follower.child.pid ?? 0)
  const ann = await SessionClient.open(session, 'ann')
  cleanUp.push(() => ann.drop())
  // The follower's first line says that it is connected.
  await new Promise((resolve) => follower.child.stdout?.once('data', resolve))
  for (let seq = 1; seq <= 20; seq++) ann.publish({ seq, ch: 'room', body: seq, ack: 'replica' })
  await ann.acked(20, 'interactive', 'replica')

  const script = join(at, 'micropop-take-over')
  const text = takeOverScript({ leaderIp: '127.0.0.1', allocationId: 'eipalloc-1' }, 'eu-west-1')
  await writeFile(
    script,
    text
      .replaceAll(`:${PORTS.replica}/`, `:${replicaPort}/`)
      .replaceAll(`:${PORTS.popAdmin}/`, `:${adminPort}/`)
      .replaceAll(PROMOTE_FILE, join(at, 'promote')),
  )
  const takeOver = () =>
    new Promise<{ code: number; said: string }>((resolve) => {
      const env = { ...process.env, PATH: `${at}:${process.env.PATH}` }
      execFile('sh', [script], { env }, (error, _out, said) => {
        resolve({ code: Number(error?.code ?? 0), said })
      })
    })
  const asked = () => readFile(join(at, 'asked'), 'utf8').catch(() => '')

  const refused = await takeOver()
  expect(refused).toMatchObject({ code: 1, said: expect.stringContaining('still answers at 127.0.0.1') })
  expect(await asked()).toBe('')

  await first.kill()
  expect(await takeOver()).toMatchObject({ code: 0, said: expect.stringContaining('is the PoP now') })
  expect(await asked()).toContain(
    'ec2 associate-address --region eu-west-1 --allocation-id eipalloc-1 --instance-id i-123',
  )
  expect(existsSync(join(at, 'promote'))).toBe(false)
  expect(await queueState(`http://127.0.0.1:${adminPort}`)).toMatchObject({ backlog: 20 })
  const ben = await SessionClient.open(`ws://127.0.0.1:${nextPort}${PATHS.session}`, 'ben')
  cleanUp.push(() => ben.drop())
  ben.publish({ seq: 1, ch: 'room', body: 'after' })
  expect(await ben.acked(1)).toMatchObject({ durable: 'disk' })

  // Again: it is the PoP already, and has the address put on it once more.
  expect(await takeOver()).toMatchObject({ code: 0 })
})
