// A deployment from the stack's configuration, and what is refused before the first resource is made.
import type { Config, Output } from '@pulumi/pulumi'
import { InvalidInput } from '../runtime/errors.ts'
import { ARCHITECTURES, type Architecture } from './catalog/catalog.ts'
import { certificateCommand, certificateKey, certificateParts } from './certificate-bundle.ts'
import { configuredKey } from './configured-key.ts'
import { configuredNetwork, configuredSubnets } from './configured-network.ts'
import { configuredPart } from './configured-part.ts'
import { type Deployment, unsetDeployment } from './deployment.ts'
import type { EventSpec } from './event/event.ts'
import { checkedImage } from './image.ts'
import { popName } from './names.ts'

/** What the configuration is asked for. */
export interface StackConfig extends Pick<Config, 'get' | 'getBoolean' | 'getSecret'> {
  /** Whether the stack's settings hold the value of a key encrypted. */
  isEncrypted: (key: string) => boolean
}

/**
 * @param preview true: what is not configured yet has a stand-in, so that a new event can be previewed at once.
 * @throws {InvalidInput} `MP_STACK_CONFIG` naming everything that is missing, outside of a preview;
 *   `MP_IMAGE_INVALID` where the image is no image reference, `MP_MACHINE_IMAGE_INVALID` where a machine image is none; `MP_SECRET_IN_PLAIN` where a secret is not encrypted in
 *   the stack's settings; what `configuredPart`, `configuredNetwork`,
 *   `configuredSubnets` and `configuredKey` refuse.
 */
export function configuredDeployment(config: StackConfig, spec: EventSpec, preview: boolean): Deployment {
  const unset = unsetDeployment()
  const part = configuredPart(config, spec)
  const venues = spec.venues.filter(({ name }) => part.venues.has(name))
  const image = config.get('image')
  const uplinkToken = encryptedValue(config, 'uplinkToken')
  const onK3s = venues.filter((venue) => venue.pop.platform === 'k3s')
  const kubeconfigs = new Map(
    onK3s.map(({ name }) => [name, encryptedValue(config, kubeconfigKey(name))] as const),
  )

  const encrypted = venues.filter((venue) => venue.pop.encryptQueue)
  const queueKeys = new Map(
    encrypted.map(({ name }) => [name, encryptedValue(config, queueKeyKey(name))] as const),
  )

  const named = { event: spec.name, zone: spec.central.zone }
  const secure = venues.filter((venue) => venue.pop.https)
  const certificates = new Map(
    secure.map(({ name: venue }) => {
      const parts = encryptedValue(config, certificateKey(venue))?.apply((bundle) =>
        certificateParts(bundle, venue, popName({ ...named, venue })),
      )
      return [venue, parts && { chain: parts.chain, key: parts.key }] as const
    }),
  )

  if (image !== undefined) checkedImage(image, 'micropop:image')
  const natsImage = checkedImage(config.get('natsImage') ?? unset.natsImage, 'micropop:natsImage')
  const machineImages = configuredMachineImages(config)
  const swaps = configuredSwaps(config, spec)
  const subnets = configuredSubnets(config, { ...spec, venues }, part)
  const missing = [
    ...(image === undefined ? ['pulumi config set micropop:image REGISTRY/NAME:TAG'] : []),
    ...(uplinkToken === undefined
      ? ['openssl rand -hex 32 | pulumi config set --secret micropop:uplinkToken']
      : []),
    ...[...kubeconfigs]
      .filter(([, kubeconfig]) => kubeconfig === undefined)
      .map(
        ([venue]) => `pulumi config set --secret micropop:${kubeconfigKey(venue)} < KUBECONFIG_OF_${venue}`,
      ),
    ...[...queueKeys]
      .filter(([, key]) => key === undefined)
      .map(([venue]) => `openssl rand -hex 32 | pulumi config set --secret micropop:${queueKeyKey(venue)}`),
    ...[...certificates]
      .filter(([, certificate]) => certificate === undefined)
      .map(([venue]) => certificateCommand(venue)),
  ]
  if (missing.length > 0 && !preview) {
    throw new InvalidInput(
      'MP_STACK_CONFIG',
      'the stack lacks configuration that a deployment needs',
      `Set it first:\n  ${missing.join('\n  ')}${image === undefined ? `\n${IMAGE_NEEDS}` : ''}`,
    )
  }
  return {
    image: image ?? unset.image,
    natsImage,
    machineImage: (architecture) => machineImages.get(architecture) ?? null,
    uplinkToken: uplinkToken ?? unset.uplinkToken,
    queueKey: (venue) => queueKeys.get(venue) ?? unset.queueKey(venue),
    certificate: (venue) => certificates.get(venue) ?? unset.certificate(venue),
    kubeconfig: (venue) => kubeconfigs.get(venue) ?? unset.kubeconfig(venue),
    part,
    network: configuredNetwork(config),
    venueSubnet: (venue) => subnets.get(venue) ?? null,
    kmsKeyArn: configuredKey(config, spec),
    swap: (venue) => swaps.get(venue) ?? null,
    protect: config.getBoolean('protect') ?? unset.protect,
    skipAwait: config.getBoolean('skipAwait') ?? unset.skipAwait,
  }
}

/** AMIs by architecture, as the pipelines of infra/machine-image make them. */
function configuredMachineImages(config: StackConfig): ReadonlyMap<Architecture, string> {
  return new Map(
    ARCHITECTURES.flatMap((architecture) => {
      const key = `machineImage-${architecture}`
      const id = config.get(key)
      if (id === undefined) return []
      if (/^ami-([0-9a-f]{8}|[0-9a-f]{17})$/.test(id)) return [[architecture, id] as const]
      throw new InvalidInput(
        'MP_MACHINE_IMAGE_INVALID',
        `micropop:${key} is not the id of a machine image: ${id}`,
        `Set it again, such as: pulumi config set micropop:${key} ami-0a1b2c3d4e5f60718`,
      )
    }),
  )
}

/** Central's tasks are x86, PoPs on Graviton types arm64, and each pulls by the same name. */
const IMAGE_NEEDS =
  'The image must be for linux/amd64 and linux/arm64, and in a registry that central and every PoP can pull from.'

/** undefined: it is not configured. */
function encryptedValue(config: StackConfig, key: string): Output<string> | undefined {
  const value = config.getSecret(key)
  if (value === undefined || config.isEncrypted(key)) return value
  throw new InvalidInput(
    'MP_SECRET_IN_PLAIN',
    `micropop:${key} stands in the stack's settings as plain text`,
    `Take it for known, and set a new one: pulumi config set --secret micropop:${key}`,
  )
}

/** Whose PoP answers for whom, in an emergency: both stand in the cloud, so that there is an address. */
function configuredSwaps(config: StackConfig, { venues }: EventSpec): Map<string, string> {
  const inCloud = venues.filter(({ pop }) => pop.platform === 'ec2').map(({ name }) => name)
  const stated = venues.map(({ name }) => [name, config.get(`swap-${name}`)] as const)
  const swaps = stated.filter((each): each is [string, string] => each[1] !== undefined)
  const wrong = swaps.find(([, other]) => !inCloud.includes(other))
  if (wrong !== undefined) {
    const [venue, other] = wrong
    throw new InvalidInput(
      'MP_SWAP_INVALID',
      `micropop:swap-${venue} names ${other}, which is no venue of the event with a PoP in the cloud`,
      `Name one of these, or take it out with \`pulumi config rm micropop:swap-${venue}\`: ${inCloud.join(', ') || 'there is none'}.`,
    )
  }
  return new Map(swaps)
}

/** Key of a venue's kubeconfig in the namespace `micropop`. */
function kubeconfigKey(venue: string): string {
  return `kubeconfig-${venue}`
}

/** Key of the key of a venue's queue. */
function queueKeyKey(venue: string): string {
  return `queueKey-${venue}`
}
