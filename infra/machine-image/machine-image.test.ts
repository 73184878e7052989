// The machine image: what its pipeline is made of, what a PoP on it is told at boot, and what is refused.
import { runtime } from '@pulumi/pulumi'
import { beforeAll, expect, test } from 'vitest'
import { parse } from 'yaml'
import { unsetDeployment } from '../deployment.ts'
import type { ResourceGraph } from '../graph.ts'
import { declareEvent } from '../program.ts'
import { startRecording } from '../recording-monitor.ts'
import { recordMachineImage } from '../resource-graph.ts'
import { child } from '../testing/components.ts'
import { eventWith } from '../testing/events.ts'
import { danglingReferences } from '../testing/graph-faults.ts'
import { configuredMachineImage } from './configured-machine-image.ts'

const TIMEOUT_MS = 60_000
const IMAGE = 'registry.test/micropop:1'

let graph: ResourceGraph
beforeAll(async () => {
  graph = await recordMachineImage({ region: 'eu-west-1', image: IMAGE, architectures: ['arm64', 'x86_64'] })
}, TIMEOUT_MS)

const inputs = (type: string, name?: string) =>
  child(graph, 'micropop-pop', `aws:imagebuilder/${type}`, name).inputs

test('each architecture has a pipeline of one recipe, from the newest Amazon Linux', () => {
  expect(danglingReferences(graph)).toEqual([])
  for (const [name, parent, machine] of [
    ['micropop-pop-arm64', 'amazon-linux-2023-arm64', 't4g.medium'],
    ['micropop-pop-x86-64', 'amazon-linux-2023-x86', 't3.medium'],
  ]) {
    expect(inputs('imageRecipe:ImageRecipe', name)).toMatchObject({
      parentImage: `arn:aws:imagebuilder:eu-west-1:aws:image/${parent}/x.x.x`,
      components: [{ componentArn: 'component.micropop-pop.arn' }],
    })
    expect(inputs('infrastructureConfiguration:InfrastructureConfiguration', name)).toMatchObject({
      instanceTypes: [machine],
      instanceProfileName: 'instanceProfile.micropop-pop.name',
      instanceMetadataOptions: { httpTokens: 'required' },
    })
    expect(inputs('distributionConfiguration:DistributionConfiguration', name)).toMatchObject({
      distributions: [{ region: 'eu-west-1' }],
    })
    expect(inputs('imagePipeline:ImagePipeline', name)).toMatchObject({
      imageRecipeArn: `imageRecipe.${name}.arn`,
    })
  }
})

test('it installs what a boot would install, pulls the container image, and looks that it is there', () => {
  const { phases, schemaVersion } = parse(String(inputs('component:Component').data))
  expect(schemaVersion).toBe(1)
  const commands = phases.map((phase: { steps: { inputs: { commands: string[] } }[] }) =>
    phase.steps.flatMap((step) => step.inputs.commands),
  )
  expect(commands).toEqual([
    ['dnf install -y docker', 'systemctl enable --now docker', `docker pull ${IMAGE}`],
    [`docker image inspect ${IMAGE} > /dev/null`],
  ])
})

test('a PoP on it installs nothing, and another image is another machine', {
  timeout: TIMEOUT_MS,
}, async () => {
  const { resources } = await startRecording('micropop', 'summit', 'eu-west-1')
  const ami = 'ami-0a1b2c3d4e5f60718'
  declareEvent(eventWith(), {
    ...unsetDeployment(),
    machineImage: (architecture) => (architecture === 'x86_64' ? ami : null),
  })
  await runtime.disconnect()
  const pop = child(
    { project: 'micropop', stack: 'summit', resources },
    'remote',
    'aws:ec2/instance:Instance',
  )
  expect(pop.inputs.ami).toBe(ami)
  expect(parse(String(pop.inputs.userData)).packages).toEqual([])
})

const configured = (values: Record<string, string>) =>
  configuredMachineImage({ get: ((key: string) => values[key]) as never })

test('its settings are a region, a container image and architectures', () => {
  expect(configured({ region: 'eu-west-1', image: IMAGE })).toEqual({
    region: 'eu-west-1',
    image: IMAGE,
    architectures: ['arm64', 'x86_64'],
  })
  expect(configured({ region: 'eu-west-1', image: IMAGE, architectures: 'arm64' }).architectures).toEqual([
    'arm64',
  ])
})

test.each([
  [{}, 'the stack names no region'],
  [{ region: 'mars-1', image: IMAGE }, 'micropop:region mars-1 is no region'],
  [{ region: 'eu-west-1' }, 'the stack names no container image'],
  [{ region: 'eu-west-1', image: 'A B' }, 'micropop:image is not an image reference: A B'],
  [{ region: 'eu-west-1', image: IMAGE, architectures: 'arm' }, 'names arm, which is no architecture'],
])('%j is refused', (values, message) => {
  expect(() => configured(values as Record<string, string>)).toThrow(message)
})
