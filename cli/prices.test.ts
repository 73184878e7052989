// `micropop prices refresh` as a process: its exit codes, what it writes, and that it says no credentials.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, test } from 'vitest'
import {
  type PriceListServer,
  startPriceListServer,
} from '../simulator/costs/refresh/testing/price-list-server.ts'

const ROOT = fileURLToPath(new URL('..', import.meta.url))
const TIMEOUT_MS = 30_000
const folder = mkdtempSync(join(tmpdir(), 'micropop-prices-'))
const KEYS = { AWS_ACCESS_KEY_ID: 'AKIDTESTTESTTEST', AWS_SECRET_ACCESS_KEY: 'a-very-secret-key' }

let server: PriceListServer
beforeAll(async () => {
  server = await startPriceListServer({
    products: [
      {
        ...{ service: 'AmazonVPC', unit: 'Hrs', usagetype: 'EU-PublicIPv4:InUseAddress' },
        tiers: [['0', 'Inf', '0.0060000000']],
      },
    ],
    spot: [{ type: 't3.medium', zone: 'eu-west-1a', price: '0.020000', at: '2026-11-01T00:00:00.000Z' }],
  })
})
afterAll(async () => {
  await server[Symbol.asyncDispose]()
  rmSync(folder, { recursive: true })
})

const refresh = (args: string[], env: Record<string, string> = KEYS) =>
  micropop(['prices', 'refresh', ...args], env)

async function micropop(args: string[], env: Record<string, string>) {
  const child = spawn(process.execPath, [join(ROOT, 'cli', 'micropop.mjs'), ...args], {
    cwd: ROOT,
    timeout: TIMEOUT_MS,
    env: {
      PATH: process.env.PATH,
      HOME: folder,
      NO_COLOR: '1',
      AWS_EC2_METADATA_DISABLED: 'true',
      AWS_ENDPOINT_URL: server.endpoint,
      ...env,
    },
  })
  const [[status], stdout, stderr] = await Promise.all([
    once(child, 'close'),
    text(child.stdout),
    text(child.stderr),
  ])
  return { status, stdout, stderr }
}

test('what changed is printed row by row, and a whole dated folder is written', async () => {
  const out = join(folder, 'kept')
  const { status, stdout, stderr } = await refresh(['--region', 'eu-west-1', '--out', out])
  expect(stderr).toContain('✓ Asking AWS for prices: 2 prices')
  expect(status).toBe(0)
  expect(stdout).toMatch(/^ {2}eu-west-1 +vpc\.public-ipv4\.in-use +0\.005 +0\.006 +\+20 %$/m)
  const [name = ''] = readdirSync(out)
  expect(readdirSync(out)).toHaveLength(1)
  expect(name).toMatch(/^\d{4}-\d\d-\d\dT\d{6}$/)
  expect(stdout).toContain(`Written to ${join(out, name)}`)
  expect(readdirSync(join(out, name)).sort()).toEqual(['ec2-spot.csv', 'sources.json', 'vpc.csv'])
  expect(readFileSync(join(out, name, 'vpc.csv'), 'utf8')).toContain(
    'eu-west-1,vpc.public-ipv4.in-use,0.006,hour,0,,aws-price-list-api,',
  )
  expect(`${stdout}${stderr}`).not.toMatch(/AKID|very-secret/)
})

test('a forecast takes them, and says of what day they are', { timeout: 2 * TIMEOUT_MS }, async () => {
  const [name = ''] = readdirSync(join(folder, 'kept'))
  const event = join(ROOT, 'scenarios', 'events', 'hybrid-conference-2000.yaml')
  const prices = join(folder, 'kept', name)
  const { stdout } = await micropop(
    ['forecast', event, '--runs', '0', '--format', 'json', '--prices', prices],
    {},
  )
  const result = JSON.parse(stdout)
  expect(result.priceBook.date).toBe(name.slice(0, 10))
  const address = result.lines.find(({ rateId }: { rateId: string }) => rateId === 'vpc.public-ipv4.in-use')
  expect([address.rate, address.rateSource.id]).toEqual(['0.006', 'aws-price-list-api'])
  const nowhere = await micropop(['forecast', event, '--prices', join(folder, 'nowhere')], {})
  expect([nowhere.status, nowhere.stderr]).toEqual([3, expect.stringContaining('MP_PRICE_BOOK_MISSING')])
})

test('the other verbs take them from the same option', { timeout: 4 * TIMEOUT_MS }, async () => {
  const [name = ''] = readdirSync(join(folder, 'kept'))
  const prices = ['--prices', join(folder, 'kept', name)]
  const event = join(ROOT, 'scenarios', 'events', 'hybrid-conference-2000.yaml')
  const compared = await micropop(
    ['compare', event, '--set', 'venues.remote.pop.instanceType=t3.medium', '--format', 'json', ...prices],
    {},
  )
  const address = JSON.parse(compared.stdout).cost.lines.find(({ description }: { description: string }) =>
    description.startsWith('public IPv4 address'),
  )
  expect(JSON.stringify(address)).toContain('"0.006"')
  for (const verb of ['preflight', 'forecast', 'plan', 'fixes', 'policies', 'leftovers', 'cold-storage']) {
    const { status, stderr } = await micropop([verb, event, '--prices', join(folder, 'nowhere')], {})
    expect([verb, status, stderr]).toEqual([verb, 3, expect.stringContaining('MP_PRICE_BOOK_MISSING')])
  }
  const load = ['--mode', 'unlimited', '--load', '1:100', '--prices', join(folder, 'nowhere')]
  expect((await micropop(['credits', 't3.nano', ...load], {})).status).toBe(3)
})

test('a dry run writes nothing, and says the same', async () => {
  const out = join(folder, 'dry')
  const { status, stdout } = await refresh([
    ...['--region', 'eu-west-1', '--dry-run', '--format', 'json', '--out', out],
  ])
  expect(status).toBe(0)
  const { changed, folder: written } = JSON.parse(stdout)
  expect(changed.map(({ rate }: { rate: string }) => rate)).toContain('vpc.public-ipv4.in-use')
  expect([written, existsSync(out)]).toEqual([null, false])
})

test('a region that is none ends with 2 before anything is asked', async () => {
  const before = server.asked.length
  const { status, stderr } = await refresh(['--region', 'eu-west-9'])
  expect([status, server.asked.length]).toEqual([2, before])
  expect(stderr).toContain('Known are ap-northeast-1')
})

test('without credentials it ends with 3 and says how to get some', async () => {
  const { status, stderr, stdout } = await refresh(['--region', 'eu-west-1'], {})
  expect([status, stdout]).toEqual([3, ''])
  expect(stderr).toContain('aws sso login')
})
