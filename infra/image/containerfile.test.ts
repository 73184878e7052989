// The image and what infrastructure starts of it name the same user, folders, ports and commands.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { output } from '@pulumi/pulumi'
import { expect, test } from 'vitest'
import { PATHS, PORTS } from '../../runtime/ports.ts'
import { centralContainer } from '../central-services/container-definition.ts'
import { CONTAINER_USER } from '../container.ts'
import { bootUserData } from '../venue-pop/boot.ts'
import { podTemplate } from '../venue-pop/pod.ts'
import { healthUrl } from './health.ts'
import { IMAGE_VERBS } from './runtime-files.ts'

const containerfile = readFileSync(join(import.meta.dirname, 'Containerfile'), 'utf8').replaceAll('\\\n', '')

/** What follows an instruction in the last stage; it must be there once. */
function instruction(name: string): string {
  const stage = containerfile.slice(containerfile.lastIndexOf('\nFROM '))
  const found = [...stage.matchAll(new RegExp(`^${name} +(.+)$`, 'gm'))]
  expect(found, name).toHaveLength(1)
  return found[0]?.[1] as string
}

const packageJson = JSON.parse(readFileSync(join(import.meta.dirname, '../../package.json'), 'utf8'))
const VERBS: readonly string[] = IMAGE_VERBS

test('the image runs as the user that owns the data folder, by number', () => {
  expect(instruction('USER')).toBe(`${CONTAINER_USER}:${CONTAINER_USER}`)
  expect(containerfile).toContain(`--chown=${CONTAINER_USER}:${CONTAINER_USER} `)
  expect(instruction('VOLUME')).toBe(PATHS.popData)
})

test('it exposes what the runtime listens on, and no more', () => {
  expect(instruction('EXPOSE').split(' ').map(Number)).toEqual(Object.values(PORTS))
})

test('EC2 starts it as that user, on its folders, with verbs that it has', () => {
  const unit = bootUserData({
    popJson: '{}\n',
    image: 'registry.test/micropop:1',
    region: 'eu-west-1',
    uplinkSecretArn: 'arn',
    queueKeyArn: null,
    bucketName: 'assets',
    ...{ fetches: null, follows: null, leaf: null, reported: null, instanceStore: false, prepared: false },
    ...{ replicaTokenArn: null, certificateArn: null },
  })
  expect(unit).toContain(`--user ${CONTAINER_USER}:${CONTAINER_USER} --read-only --tmpfs /tmp`)
  expect(unit).toContain(`--volume ${PATHS.popData}:${PATHS.popData}`)
  const started = [...unit.matchAll(/registry\.test\/micropop:1 (\w+)/g)].map(([, verb]) => verb)
  expect(started).toEqual(['pop', 'warm'])
  expect(VERBS).toEqual(expect.arrayContaining(started))
})

test('Kubernetes starts it as that user, read-only, and finds Node in it', () => {
  const { spec } = podTemplate({
    image: 'i',
    popJson: '{}',
    pop: { cores: 4, memoryBytes: 1e9 } as Parameters<typeof podTemplate>[0]['pop'],
    labels: {},
    configMap: 'c',
    secret: 's',
    claim: 'd',
    priorityClass: 'p',
    drainDeadlineS: 45,
    certificate: null,
    leaf: null,
    queueKey: 'k',
  })
  const { containers, initContainers, securityContext } = spec as unknown as {
    containers: { args: string[]; volumeMounts: { mountPath: string }[] }[]
    initContainers: { command: string[] }[]
    securityContext: object
  }
  const [container] = containers
  expect(securityContext).toMatchObject({ runAsUser: CONTAINER_USER, runAsGroup: CONTAINER_USER })
  expect(VERBS).toContain(container?.args[0])
  expect(container?.volumeMounts.map(({ mountPath }) => mountPath)).toEqual(
    expect.arrayContaining([PATHS.popData, PATHS.popConfig, '/tmp']),
  )
  for (const { command } of initContainers) expect(command.slice(0, 2)).toEqual(['node', '-e'])
  expect(containerfile).toContain(' /usr/local/bin/node /usr/local/bin/node')
})

test('ECS starts central as that user, read-only', () => {
  const central = centralContainer({
    name: 'central',
    image: 'i',
    region: 'eu-west-1',
    logGroup: output('l'),
    databaseHost: output('d'),
    databaseSecretArn: output('s'),
    uplinkSecretArn: output('u'),
    natsUrlSecretArn: null,
  })
  expect(central).toMatchObject({ user: String(CONTAINER_USER), readonlyRootFilesystem: true })
  expect(VERBS).toContain(central.command[0])
})

test('without arguments it is a PoP, which SIGTERM drains', () => {
  expect(JSON.parse(instruction('ENTRYPOINT'))).toEqual(['micropop'])
  expect(JSON.parse(instruction('CMD'))).toEqual(['pop'])
  expect(instruction('STOPSIGNAL')).toBe('SIGTERM')
})

test('its label is the version that it reports', () => {
  expect(instruction('LABEL')).toContain(`org.opencontainers.image.version="${packageJson.version}"`)
})

test('bases are pinned by version, and can be by digest; nothing runs in the last stage', () => {
  const bases = [...containerfile.matchAll(/^ARG (\w+)_IMAGE=(\S+)$/gm)]
  expect(bases.map(([, name]) => name)).toEqual(['NODE', 'BASE'])
  for (const [, name, image] of bases) {
    expect(image).toMatch(/:[\w.-]*\d[\w.-]*\$/)
    expect(image).toContain(`\${${name}_DIGEST:+@\${${name}_DIGEST}}`)
  }
  expect(containerfile.slice(containerfile.lastIndexOf('\nFROM '))).not.toMatch(/^RUN/m)
})

test.each([
  ['a PoP', '{"listen": {"adminHost": "127.0.0.1", "adminPort": 7171}}', 'http://127.0.0.1:7171/healthz'],
  ['a PoP that listens everywhere', '{"listen": {"adminHost": "0.0.0.0"}}', 'http://127.0.0.1:7071/healthz'],
  ['a PoP on IPv6', '{"listen": {"adminHost": "::"}}', 'http://[::1]:7071/healthz'],
  ['a PoP with all as by default', '{}', 'http://127.0.0.1:7071/healthz'],
  ['central, where no pop.json is', null, 'http://127.0.0.1:7081/healthz'],
])('the health check asks %s where it listens', (_, popJson, url) => {
  expect(healthUrl(popJson)).toBe(url)
})
