// What a deployment needs of the stack's configuration, and how it says so.
import { type output, secret } from '@pulumi/pulumi'
import { expect, test } from 'vitest'
import { configuredDeployment, type StackConfig } from './configured-deployment.ts'
import type { K3sPop } from './event/event.ts'
import { UNSET_IMAGE } from './image.ts'
import { eventWith, hallVenue } from './testing/events.ts'

/** A stack's configuration; what is named in `plain` is a secret that somebody set without encrypting it. */
function stackConfig(values: Record<string, string>, plain: string[] = []): StackConfig {
  const get = (key: string) => values[key]
  return {
    get: get as StackConfig['get'],
    getSecret: ((key: string) =>
      key in values ? secret(get(key)) : undefined) as unknown as StackConfig['getSecret'],
    getBoolean: (key) => (key in values ? get(key) === 'true' : undefined),
    isEncrypted: (key) => !plain.includes(key),
  }
}

const COMPLETE = {
  image: 'registry.test/micropop:1',
  uplinkToken: 'token',
  'kubeconfig-hall': 'kubeconfig of the hall',
}

/** The value of a secret output, as the engine would be sent it. */
function valueIn<T>(of: ReturnType<typeof output<T>>): Promise<T> {
  return new Promise((done) => {
    of.apply((value) => done(value as T))
  })
}

test('a deployment takes the image, the token and a kubeconfig for each venue on k3s', async () => {
  const deployment = configuredDeployment(stackConfig(COMPLETE), eventWith(), false)
  expect(deployment.image).toBe('registry.test/micropop:1')
  expect(await valueIn(deployment.uplinkToken)).toBe('token')
  expect(await valueIn(deployment.kubeconfig('hall'))).toBe('kubeconfig of the hall')
  expect(deployment.skipAwait).toBe(false)
})

test('nobody waits for pods where the stack says so', () => {
  const config = stackConfig({ ...COMPLETE, skipAwait: 'true' })
  expect(configuredDeployment(config, eventWith(), false).skipAwait).toBe(true)
})

test('an encrypted queue needs its key', async () => {
  const venues = [hallVenue({ pop: { ...(hallVenue().pop as K3sPop), encryptQueue: true } })]
  const spec = eventWith({ venues })
  expect(() => configuredDeployment(stackConfig(COMPLETE), spec, false)).toThrow(
    expect.objectContaining({
      remedy: expect.stringContaining(
        'openssl rand -hex 32 | pulumi config set --secret micropop:queueKey-hall',
      ),
    }),
  )
  const deployment = configuredDeployment(stackConfig({ ...COMPLETE, 'queueKey-hall': 'key' }), spec, false)
  expect(await valueIn(deployment.queueKey('hall'))).toBe('key')
})

test('everything that is missing is named at once, each with the command that sets it', () => {
  expect(() => configuredDeployment(stackConfig({}), eventWith(), false)).toThrow(
    expect.objectContaining({
      code: 'MP_STACK_CONFIG',
      exitCode: 2,
      remedy: expect.stringMatching(/micropop:image .*\n.*micropop:uplinkToken\n.*micropop:kubeconfig-hall/),
    }),
  )
})

test('a missing image is asked for with the architectures it has to have', () => {
  const remedy = (values: Record<string, string>) => {
    try {
      configuredDeployment(stackConfig(values), eventWith(), false)
    } catch (error) {
      return (error as { remedy: string }).remedy
    }
    throw new Error('it was accepted')
  }
  expect(remedy({})).toContain('linux/amd64 and linux/arm64')
  expect(remedy({ image: 'registry.test/micropop:1' })).not.toContain('linux/amd64')
})

test.each(['uplinkToken', 'kubeconfig-hall'])('%s in plain text is refused, also in a preview', (key) => {
  expect(() => configuredDeployment(stackConfig(COMPLETE, [key]), eventWith(), true)).toThrow(
    expect.objectContaining({
      code: 'MP_SECRET_IN_PLAIN',
      remedy: expect.stringContaining(`pulumi config set --secret micropop:${key}`),
    }),
  )
})

test('what holds data is protected unless the stack says otherwise', () => {
  const protect = (values: Record<string, string>) =>
    configuredDeployment(stackConfig({ ...COMPLETE, ...values }), eventWith(), false).protect
  expect(protect({})).toBe(true)
  expect(protect({ protect: 'false' })).toBe(false)
})

test('a machine image is named by its id, for an architecture', () => {
  const imageOf = (id: string) =>
    configuredDeployment(stackConfig({ ...COMPLETE, 'machineImage-arm64': id }), eventWith(), false)
      .machineImage
  expect(imageOf('ami-0a1b2c3d4e5f60718')('arm64')).toBe('ami-0a1b2c3d4e5f60718')
  expect(imageOf('ami-0a1b2c3d4e5f60718')('x86_64')).toBeNull()
  expect(() => imageOf('al2023')).toThrow(expect.objectContaining({ code: 'MP_MACHINE_IMAGE_INVALID' }))
})

test('an operator has the PoP of another venue answer, if that one has an address', () => {
  const swap = (other: string) =>
    configuredDeployment(stackConfig({ ...COMPLETE, 'swap-hall': other }), eventWith(), false).swap
  expect(swap('remote')('hall')).toBe('remote')
  expect(swap('remote')('remote')).toBeNull()
  expect(() => swap('hall')).toThrow(
    expect.objectContaining({ code: 'MP_SWAP_INVALID', remedy: expect.stringContaining(': remote.') }),
  )
})

test('a preview goes on with stand-ins that no cluster answers', async () => {
  const deployment = configuredDeployment(stackConfig({}), eventWith(), true)
  expect(deployment.image).toBe(UNSET_IMAGE)
  expect(await valueIn(deployment.kubeconfig('hall'))).toContain('https://kubeconfig-hall.invalid')
})

test.each(['Registry/Name', 'a b', 'name:tag; rm -rf /', ''])('%j is no image', (image) => {
  expect(() => configuredDeployment(stackConfig({ ...COMPLETE, image }), eventWith(), true)).toThrow(
    /not an image reference/,
  )
})

test.each(['micropop', 'registry.test:5000/team/micropop:1.2', `micropop@sha256:${'0'.repeat(64)}`])(
  '%s is an image',
  (image) => {
    expect(configuredDeployment(stackConfig({ ...COMPLETE, image }), eventWith(), true).image).toBe(image)
  },
)
