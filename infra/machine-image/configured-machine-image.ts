// The settings of a machine image's stack.
import type { Config } from '@pulumi/pulumi'
import { InvalidInput } from '../../runtime/errors.ts'
import { ARCHITECTURES, loadCatalog } from '../catalog/catalog.ts'
import { listOf } from '../configured-part.ts'
import { checkedImage } from '../image.ts'
import type { MachineImageArgs } from './machine-image.ts'

/** @throws {InvalidInput} `MP_STACK_CONFIG` where a setting is missing or wrong; `MP_IMAGE_INVALID`. */
export function configuredMachineImage(config: Pick<Config, 'get'>): MachineImageArgs {
  const regions = [...loadCatalog().regions()]
  const region = config.get('region')
  if (region === undefined || !regions.includes(region)) {
    const what = region === undefined ? 'the stack names no region' : `micropop:region ${region} is no region`
    throw wrong(what, 'pulumi config set micropop:region eu-west-1', regions)
  }
  const image = config.get('image')
  if (image === undefined)
    throw wrong(
      'the stack names no container image',
      'pulumi config set micropop:image REGISTRY/NAME:TAG',
      [],
    )
  const architectures = listOf(config.get('architectures') ?? ARCHITECTURES.join(','))
  const unknown = architectures.find((each) => !ARCHITECTURES.some((known) => known === each))
  if (unknown !== undefined || architectures.length === 0) {
    throw wrong(
      `micropop:architectures names ${unknown ?? 'none'}, which is no architecture`,
      'pulumi config set micropop:architectures arm64,x86_64',
      ARCHITECTURES,
    )
  }
  return {
    region,
    image: checkedImage(image, 'micropop:image'),
    architectures: ARCHITECTURES.filter((each) => architectures.includes(each)),
  }
}

function wrong(what: string, command: string, choices: readonly string[]): InvalidInput {
  const of = choices.length === 0 ? '' : `\nThere are ${choices.join(', ')}.`
  return new InvalidInput('MP_STACK_CONFIG', what, `Set it: ${command}${of}`)
}
