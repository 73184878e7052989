// The same program under the real Pulumi engine: what it declares is what the recording says, and it deploys.
import { mkdtempDisposable, readFile, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { describe, expect, test } from 'vitest'
import { loadEvent } from '../infra/event/load.ts'
import type { ResourceNode } from '../infra/graph.ts'
import { recordGraph } from '../infra/resource-graph.ts'
import { EngineStack, missingTools } from './engine-stack.ts'

const TIMEOUT_MS = 300_000
const ROOT = resolve(import.meta.dirname, '..')
const EVENTS = join(ROOT, 'scenarios/events')

/** A test that needs tools which not every machine has; without them it is skipped with the reason. */
function engineTest(name: string, tools: string[], body: () => Promise<void>): void {
  test(name, { timeout: TIMEOUT_MS }, async ({ skip }) => {
    const missing = missingTools(tools)
    skip(missing.length > 0, `not on PATH: ${missing.join(', ')}`)
    await body()
  })
}

const ENGINE = ['pulumi', 'pulumi-language-nodejs']

interface EngineResource {
  urn: string
  type: string
  inputs?: Record<string, unknown>
  /** null in a recording, the stack under the engine. */
  parent?: string | null
  dependencies?: string[]
}

const STACK_TYPE = 'pulumi:pulumi:Stack'

function withoutStack(resources: EngineResource[]): EngineResource[] {
  return resources.filter((resource) => resource.type !== STACK_TYPE)
}

/** As a recording has it: parentless under the stack, dependencies in order. */
function position({ urn, type, parent, dependencies }: EngineResource) {
  const underStack = !parent || parent.includes(`::${STACK_TYPE}::`)
  return { urn, type, parent: underStack ? null : parent, dependencies: [...(dependencies ?? [])].sort() }
}

/** What the engine writes for an output that is known only after deployment. */
const UNKNOWN = '04da6b54-80e4-46f7-96ec-b56ff0331ba9'

/** Paths at which inputs differ, other than where a recording has a name and a preview does not know yet. */
function differences(recorded: unknown, previewed: unknown, path: string): string[] {
  if (recorded === previewed) return []
  if (typeof recorded === 'string' && previewed === UNKNOWN) return []
  if (!isObject(recorded) || !isObject(previewed)) return [path]
  const keys = new Set([...Object.keys(recorded), ...Object.keys(previewed)])
  return [...keys].flatMap((key) => differences(recorded[key], previewed[key], `${path}.${key}`))
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null
}

/** Where the providers themselves complete or rewrite inputs, or answer a question with a value and not a name. */
const REWRITTEN = [
  // The engine notes the provider's version.
  /^pulumi:providers:\w+\.(version|__internal)$/,
  // The Kubernetes provider writes quantities shortly (12G) and encodes a Secret's text.
  /^kubernetes:apps\/v1:StatefulSet\..*\.resources\.(requests|limits)\.\w+$/,
  /^kubernetes:core\/v1:Secret\.(stringData|data)$/,
  // Answers of data sources.
  /^aws:route53\/record:Record\.zoneId$/,
  /^aws:ec2\/instance:Instance\.ami$/,
  /^aws:kms\/key:Key\.policy$/,
]

function unexpected(recorded: ResourceNode[], previewed: Map<string, EngineResource>): string[] {
  return recorded
    .flatMap(({ urn, type, inputs }) => differences(inputs, previewed.get(urn)?.inputs ?? {}, type))
    .filter((path) => !REWRITTEN.some((pattern) => pattern.test(path)))
}

describe('the Pulumi project', () => {
  engineTest(
    'a preview of the hybrid conference registers exactly what the recording holds',
    [...ENGINE, 'pulumi-resource-kubernetes'],
    async () => {
      const event = 'hybrid-conference-2000'
      const spec = loadEvent(join(EVENTS, `${event}.yaml`))
      const recorded = await recordGraph(spec)
      await using stack = await EngineStack.create(event, spec.region)

      const { steps } = JSON.parse(await stack.run('preview', '--json'))

      const previewed: EngineResource[] = withoutStack(
        steps.map((step: { newState: EngineResource }) => step.newState),
      )
      const byUrn = (a: { urn: string }, b: { urn: string }) => (a.urn < b.urn ? -1 : 1)
      expect(previewed.map(position).sort(byUrn)).toEqual(recorded.resources.map(position).sort(byUrn))
      expect(unexpected(recorded.resources, new Map(previewed.map((each) => [each.urn, each])))).toEqual([])
    },
  )

  engineTest('the pop-up stand deploys, stays as it is, and is destroyed again', ENGINE, async () => {
    const event = 'pop-up-stand'
    const spec = loadEvent(join(EVENTS, `${event}.yaml`))
    const recorded = await recordGraph(spec)
    await using stack = await EngineStack.create(event, spec.region)
    await stack.run('config', 'set', 'micropop:event', `scenarios/events/${event}.yaml`)
    await stack.run('config', 'set', 'micropop:image', 'registry.test/micropop:1')
    const token = 'a-token-nobody-may-read'
    await stack.run('config', 'set', '--secret', 'micropop:uplinkToken', token)

    await stack.run('up', '--yes', '--skip-preview')
    const exported = await stack.run('stack', 'export')
    const { deployment } = JSON.parse(exported)
    const deployed = withoutStack(deployment.resources)
    expect(deployed.map(({ urn }) => urn).sort()).toEqual(recorded.resources.map(({ urn }) => urn).sort())
    expect(exported).not.toContain(token)
    expect(await stack.settings()).not.toContain(token)

    const again = JSON.parse(await stack.run('preview', '--json', '--refresh'))
    expect(again.changeSummary).toEqual({ same: recorded.resources.length + 1 })

    const outputs = JSON.parse(await stack.run('stack', 'output', '--json'))
    expect(outputs).toMatchObject({
      popUrl: 'http://stand.pop-up-stand.stand.example.org:7070',
      popUrls: { stand: outputs.popUrl },
      centralUrl: 'https://central.pop-up-stand.stand.example.org',
      finalSnapshot: expect.stringMatching(/^micropop-pop-up-stand-sg-[0-9a-f]{17}$/),
    })
    const refused = await stack
      .run('destroy', '--yes', '--skip-preview')
      .catch((error: Error) => error.message)
    expect(refused).toMatch(/is protected|cannot be deleted/)
    await stack.run('config', 'set', 'micropop:protect', 'false')
    await stack.run('up', '--yes', '--skip-preview')
    await stack.run('destroy', '--yes', '--skip-preview')
    const left = JSON.parse(await stack.run('stack', 'export'))
    expect(left.deployment.resources ?? []).toEqual([])
  })

  engineTest(
    'the guardrails let a sound event through, and refuse another with the figures',
    ENGINE,
    async () => {
      const sound = await readFile(join(EVENTS, 'pop-up-stand.yaml'), 'utf8')
      const guarded = ['preview', '--policy-pack', join(ROOT, 'infra/guardrails')]
      await using stack = await EngineStack.create('guarded', 'eu-west-1')
      await using folder = await mkdtempDisposable(join(tmpdir(), 'micropop-guarded-'))
      await stack.run('config', 'set', 'micropop:event', 'scenarios/events/pop-up-stand.yaml')
      expect(await stack.run(...guarded)).toContain('✅ micropop-guardrails')

      const unsound = sound
        .replace('../outages', resolve(EVENTS, '../outages'))
        .replace('name: pop-up-stand', 'name: pop-up-stand\n  critical: true')
        .replace('credits: standard', 'credits: unlimited')
        .replace('budget: 5 USD', 'budget: 0.50 USD\nserviceLevels: { ackP99: 5ms }')
      const file = join(folder.path, 'event.yaml')
      await writeFile(file, unsound)
      await stack.run('config', 'set', 'micropop:event', file)
      const refusal = await stack.run(...guarded).catch((error: Error) => error.message)
      expect(refusal).toMatch(/\$0\.\d\d are forecast, \$0\.\d\d over the budget of \$0\.50/)
      expect(refusal).toMatch(/stand-pop can add up to \$0\.\d\d of surplus credits/)
      expect(refusal).toMatch(/Acknowledged, p99: [\d.]+ ms, the limit is 5\.00 ms, in the twin of a day/)
      expect(refusal).toContain('the database has no standby in a second zone')
    },
  )

  engineTest('a preview refuses a zone and a network that are not there', ENGINE, async () => {
    await using stack = await EngineStack.create('missing', 'eu-west-1')
    await using folder = await mkdtempDisposable(join(tmpdir(), 'micropop-missing-'))
    const sound = await readFile(join(EVENTS, 'pop-up-stand.yaml'), 'utf8')
    const file = join(folder.path, 'event.yaml')
    await writeFile(file, sound.replace('../outages', resolve(EVENTS, '../outages')))
    await stack.run('config', 'set', 'micropop:event', file)
    const refusal = () => stack.run('preview').catch((error: Error) => error.message)
    const [ofZoneA, ofZoneB, alsoOfZoneA] = ['0', '1', '3'].map((digit) => `subnet-0a1b2c3d4e5f6071${digit}`)

    await stack.run('config', 'set', 'micropop:vpc', 'vpc-0a1b2c3d4e5f60718')
    await stack.run('config', 'set', 'micropop:subnets', `${ofZoneA},${alsoOfZoneA}`)
    expect(await refusal()).toMatch(/subnet-\S+ and subnet-\S+ are both in eu-west-1a.*MP_SUBNETS_ONE_ZONE/)
    await stack.run('config', 'set', 'micropop:subnets', `${ofZoneA},subnet-00000000000000000`)
    expect(await refusal()).toMatch(/no subnet subnet-0+ in vpc-0a1b2c3d4e5f60718.*MP_NETWORK_MISSING/)
    await stack.run('config', 'set', 'micropop:subnets', `${ofZoneA},${ofZoneB}`)
    expect(await refusal()).not.toMatch(/MP_|aws:ec2:Vpc/)

    const ofKms = 'arn:aws:kms:eu-west-1:123456789012:key'
    await stack.run('config', 'set', 'micropop:kmsKey', `${ofKms}/00000000-0000-0000-0000-000000000000`)
    expect(await refusal()).toMatch(/KMS has no key arn:\S+.*MP_KEY_MISSING/)
    await stack.run('config', 'set', 'micropop:kmsKey', `${ofKms}/0a1b2c3d-4e5f-6071-8293-a4b5c6d7e8f9`)
    expect(await refusal()).not.toMatch(/MP_|aws:kms:(Key|Alias)/)

    const away = await readFile(file, 'utf8')
    await writeFile(file, away.replace('stand.example.org', 'stand.invalid'))
    const said = await refusal()
    expect(said).toMatch(/event\.yaml:44: .*no public DNS zone stand\.invalid.*MP_ZONE_MISSING/)
    expect(said).not.toContain('at async')
  })

  engineTest(
    'a deployment without its configuration is refused before anything is made',
    ENGINE,
    async () => {
      await using stack = await EngineStack.create('unset', 'eu-west-1')
      await stack.run('config', 'set', 'micropop:event', 'scenarios/events/hybrid-conference-2000.yaml')
      const refusal = await stack.run('up', '--yes', '--skip-preview').catch((error: Error) => error.message)
      expect(refusal).toContain('pulumi config set --secret micropop:kubeconfig-hall')
      const { deployment } = JSON.parse(await stack.run('stack', 'export'))
      expect(withoutStack(deployment.resources ?? [])).toEqual([])
    },
  )
})
