// One event in two stacks under the real engine: central with its first venue, and another venue beside it.
import { mkdtempDisposable, readFile, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { expect, test } from 'vitest'
import { loadEvent } from '../infra/event/load.ts'
import { recordGraph } from '../infra/resource-graph.ts'
import { EngineStack, missingTools } from './engine-stack.ts'

const TIMEOUT_MS = 400_000
const ROOT = resolve(import.meta.dirname, '..')
const EVENTS = join(ROOT, 'scenarios/events')

const ANNEX = `  annex:
    placement: region
    attendees: 20
    fallback: stand
    access: [{ technology: 4g, signal: medium }]
    pop: { platform: ec2, instanceType: t3.small, policy: burstable }
`

/** `type::name` of what the program makes, whatever the stack is called. */
const made = (resources: { urn: string; type: string }[]) =>
  resources
    .filter(({ type }) => /^(aws|micropop):/.test(type))
    .map(({ urn }) => urn.split('::').slice(2).join('::'))
    .sort()

test('a venue has a stack of its own beside that of central', { timeout: TIMEOUT_MS }, async ({ skip }) => {
  const missing = missingTools(['pulumi', 'pulumi-language-nodejs'])
  skip(missing.length > 0, `not on PATH: ${missing.join(', ')}`)
  await using folder = await mkdtempDisposable(join(tmpdir(), 'micropop-stacks-'))
  const file = join(folder.path, 'event.yaml')
  const sound = await readFile(join(EVENTS, 'pop-up-stand.yaml'), 'utf8')
  const outages = sound.replace('../outages', resolve(EVENTS, '../outages'))
  const joined = outages.replace('\ncentral:\n', '\ncentral:\n  broker: {}\n')
  await writeFile(file, joined.replace('\nvenues:\n', `\nvenues:\n${ANNEX}`))
  const recorded = await recordGraph(loadEvent(file))

  await using central = await EngineStack.create('show', 'eu-west-1')
  const annex = await central.beside('show-annex')
  for (const stack of [central, annex]) {
    await stack.run('config', 'set', 'micropop:event', file)
    await stack.run('config', 'set', 'micropop:image', 'registry.test/micropop:1')
    await stack.run('config', 'set', '--secret', 'micropop:uplinkToken', 'a-token')
    await stack.run('config', 'set', 'micropop:protect', 'false')
  }
  await central.run('config', 'set', 'micropop:venues', 'stand')
  await annex.run('config', 'set', 'micropop:venues', 'anex')
  await annex.run('config', 'set', 'micropop:centralStack', 'organization/micropop/show')
  const refused = (stack: EngineStack) => stack.run('preview').catch((error: Error) => error.message)
  expect(await refused(annex)).toMatch(/micropop:venues names anex, which is no venue.*MP_STACK_PART/)
  await annex.run('config', 'set', 'micropop:venues', 'annex')
  expect(await refused(annex)).toMatch(
    /stack organization\/micropop\/show has no central yet.*MP_CENTRAL_NOT/,
  )

  const up = (stack: EngineStack) => stack.run('up', '--yes', '--skip-preview')
  await up(central)
  await up(annex)
  const resources = async (stack: EngineStack) => {
    const { deployment } = JSON.parse(await stack.run('stack', 'export'))
    return deployment.resources as { urn: string; type: string; inputs: Record<string, unknown> }[]
  }
  const [ofCentral, ofAnnex] = [await resources(central), await resources(annex)]
  expect(made([...ofCentral, ...ofAnnex])).toEqual(made(recorded.resources))
  expect(made(ofAnnex).some((each) => each.includes('CentralServices'))).toBe(false)

  const outputs = async (stack: EngineStack) => JSON.parse(await stack.run('stack', 'output', '--json'))
  const [theirs, own] = [await outputs(central), await outputs(annex)]
  expect(theirs.popUrls).toEqual({ stand: 'http://stand.pop-up-stand.stand.example.org:7070' })
  expect(own).toMatchObject({
    popUrl: 'http://annex.pop-up-stand.stand.example.org:7070',
    centralUrl: theirs.centralUrl,
    bucket: theirs.bucket,
    keyArn: theirs.keyArn,
  })
  const of = (type: string, name: string) =>
    ofAnnex.find((each) => each.type === type && each.urn.endsWith(`::${name}`))?.inputs
  expect(of('aws:ec2/networkInterface:NetworkInterface', 'annex-pop')?.subnetId).toBe(theirs.site.subnetId)
  expect(of('aws:route53/record:Record', 'annex-pop-fallback')?.records).toEqual([
    theirs.popAddresses.stand.publicIp,
  ])
  expect(of('aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule', 'annex-pop-leaf')).toMatchObject({
    securityGroupId: theirs.site.leafDoorId,
    cidrIpv4: `${own.popAddresses.annex.publicIp}/32`,
  })

  const guarded = await annex.run('preview', '--policy-pack', join(ROOT, 'infra/guardrails'), '--json')
  const { changeSummary } = JSON.parse(guarded)
  expect(Object.keys(changeSummary)).toEqual(['same'])

  for (const stack of [annex, central]) await stack.run('destroy', '--yes', '--skip-preview')
  expect(central.cloud.store.all()).toEqual([])
})
