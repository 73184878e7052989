// A PoP that speaks HTTPS where it is deployed: its certificate from the stack's configuration to the server that shows it.
import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Output, secret } from '@pulumi/pulumi'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { certificateParts } from '../infra/certificate-bundle.ts'
import { configuredDeployment, type StackConfig } from '../infra/configured-deployment.ts'
import { CONTAINER_USER, TLS_BUNDLE_FILE, TLS_DIR } from '../infra/container.ts'
import type { EventSpec } from '../infra/event/event.ts'
import type { ResourceGraph } from '../infra/graph.ts'
import { popUrl } from '../infra/names.ts'
import { recordGraph } from '../infra/resource-graph.ts'
import { child } from '../infra/testing/components.ts'
import { eventWith, hallVenue, remoteVenue } from '../infra/testing/events.ts'
import { fetchCertificate } from '../infra/venue-pop/boot-certificate.ts'
import { systemClock } from '../runtime/pop/clock.ts'
import { readCertificate } from '../runtime/pop/tls.ts'
import { popConfigSchema } from '../runtime/pop-config.ts'
import { PORTS } from '../runtime/ports.ts'
import { makeCertificate, noCertificates } from '../runtime/testing/certificates.ts'

const TIMEOUT_MS = 60_000
const HALL = 'hall.summit.events.example.com'
const REMOTE = 'remote.summit.events.example.com'

const folder = mkdtempSync(join(tmpdir(), 'micropop-deployed-'))
afterAll(() => rmSync(folder, { recursive: true }))

function secureEvent(): EventSpec {
  const [hall, remote] = [hallVenue(), remoteVenue()]
  return eventWith({
    venues: [
      { ...hall, pop: { ...hall.pop, https: true } },
      { ...remote, pop: { ...remote.pop, https: true } },
    ],
  })
}

describe('the resources', () => {
  let graph: ResourceGraph
  beforeAll(async () => {
    graph = await recordGraph(secureEvent())
  }, TIMEOUT_MS)

  test('on EC2: port 443 and no other, a secret that its machine alone reads, a timer that fetches it again', () => {
    const inputs = (type: string) => child(graph, 'remote', type).inputs
    const { ingress } = inputs('aws:ec2/securityGroup:SecurityGroup')
    expect(ingress).toMatchObject([{ fromPort: PORTS.popSecure, toPort: PORTS.popSecure }])
    expect(child(graph, 'remote', 'aws:secretsmanager/secret:Secret').name).toBe('remote-pop-certificate')
    // Of the secret and not of its version: a renewed certificate is no other machine.
    const arn = 'secret.remote-pop-certificate.arn'
    const { Statement } = JSON.parse(String(inputs('aws:iam/rolePolicy:RolePolicy').policy))
    expect(Statement[0].Resource).toEqual(['secretVersion.central-uplink.arn', arn])
    const userData = String(inputs('aws:ec2/instance:Instance').userData)
    expect(userData).toContain(arn)
    expect(userData).not.toContain('secretVersion.remote-pop-certificate')
    expect(userData).toContain('"micropop-certificate.timer"')
    expect(userData).toContain(`--volume ${TLS_DIR}:${TLS_DIR}:ro`)
    const cloudConfig = JSON.parse(userData.replace(/^#cloud-config\n/, ''))
    const text = cloudConfig.write_files.find(({ path }: { path: string }) =>
      path.endsWith('/pop.json'),
    ).content
    expect(popConfigSchema.parse(JSON.parse(text))).toMatchObject({
      listen: { port: PORTS.popSecure },
      tls: { certFile: TLS_BUNDLE_FILE, keyFile: TLS_BUNDLE_FILE, name: REMOTE },
    })
  })

  test('on k3s: a TLS Secret as a folder of the pod, port 443 at the box, another certificate no other pod', () => {
    const [, certificate] = graph.resources.filter(
      ({ type, name }) => type === 'kubernetes:core/v1:Secret' && name.startsWith('hall'),
    )
    expect(certificate?.inputs).toMatchObject({ type: 'kubernetes.io/tls' })
    expect(certificate?.inputs.stringData).toBe('[secret]')
    expect(child(graph, 'hall', 'kubernetes:core/v1:Service').inputs.spec).toMatchObject({
      ports: [{ port: PORTS.popSecure, targetPort: 'sessions' }],
    })
    const { spec } = child(graph, 'hall', 'kubernetes:apps/v1:StatefulSet').inputs
    const pod = (
      spec as { template: { spec: { containers: { volumeMounts: object[] }[]; volumes: object[] } } }
    ).template.spec
    expect(pod.containers[0]?.volumeMounts).toContainEqual({
      name: 'tls',
      mountPath: TLS_DIR,
      readOnly: true,
    })
    expect(pod.volumes).toContainEqual({
      name: 'tls',
      secret: { secretName: 'certificate', defaultMode: 0o440 },
    })
    const { data } = child(graph, 'hall', 'kubernetes:core/v1:ConfigMap').inputs
    expect(
      popConfigSchema.parse(JSON.parse((data as Record<string, string>)['pop.json'] ?? '')),
    ).toMatchObject({
      listen: { port: PORTS.pop },
      tls: { certFile: `${TLS_DIR}/tls.crt`, keyFile: `${TLS_DIR}/tls.key`, name: HALL },
    })
  })

  test('its address says so', () => {
    const of = { event: 'summit', zone: 'events.example.com', venue: 'hall' }
    expect(popUrl({ ...of, https: true })).toBe(`https://${HALL}`)
  })
})

function stackConfig(values: Record<string, string>): StackConfig {
  return {
    get: ((key: string) => values[key]) as StackConfig['get'],
    getSecret: ((key: string) =>
      key in values ? secret(values[key]) : undefined) as unknown as StackConfig['getSecret'],
    getBoolean: () => undefined,
    isEncrypted: () => true,
  }
}

function valueIn(of: Output<string>): Promise<string> {
  return new Promise((done) => {
    of.apply((value) => done(value))
  })
}

describe('the certificate', () => {
  beforeEach(({ skip }) => {
    const missing = noCertificates()
    skip(missing !== null, missing ?? '')
  })

  function bundleFor(name: string, file: string): string {
    const { certFile, keyFile } = makeCertificate(folder, file, 30, `DNS:${name}`)
    return readFileSync(certFile, 'utf8') + readFileSync(keyFile, 'utf8')
  }

  const COMPLETE = {
    image: 'registry.test/micropop:1',
    uplinkToken: 'token',
    'kubeconfig-hall': 'kubeconfig',
  }

  test('is asked of the configuration, and comes apart into what Kubernetes takes', async () => {
    expect(() => configuredDeployment(stackConfig(COMPLETE), secureEvent(), false)).toThrow(
      expect.objectContaining({
        remedy: expect.stringContaining(
          'cat certificates/remote/*.pem | pulumi config set --secret micropop:certificate-remote',
        ),
      }),
    )
    const [hall, remote] = [bundleFor(HALL, 'hall'), bundleFor(REMOTE, 'remote')]
    const config = stackConfig({ ...COMPLETE, 'certificate-hall': hall, 'certificate-remote': remote })
    const { chain, key } = configuredDeployment(config, secureEvent(), false).certificate('hall')
    expect((await valueIn(chain)) + (await valueIn(key))).toBe(hall)
  })

  test('of another name, without its key or with another’s is refused, and no key is shown', () => {
    const hall = bundleFor(HALL, 'whole')
    const other = bundleFor(REMOTE, 'other')
    const [chain, key] = [
      hall.slice(0, hall.indexOf('-----BEGIN PRIVATE')),
      other.slice(other.indexOf('-----BEGIN PRIVATE')),
    ]
    const cases: [string, string][] = [
      [other, `it is for DNS:${REMOTE}`],
      [chain, 'it has not one private key'],
      [key, 'it has no certificate'],
      [chain + key, 'the key is of another certificate'],
      ['unset', 'it has not one private key'],
    ]
    for (const [bundle, why] of cases) {
      expect(() => certificateParts(bundle, 'hall', HALL)).toThrow(
        expect.objectContaining({
          code: 'MP_CERTIFICATE_CONFIG',
          message: `micropop:certificate-hall is no certificate for ${HALL}: ${why}`,
        }),
      )
    }
  })

  test('is fetched by the machine into one file that the PoP reads, and replaced only by another', async () => {
    const place = join(folder, 'run')
    mkdirSync(place)
    const value = join(folder, 'value')
    const script = fetchCertificate(`$(cat ${value})`)
      .replaceAll(TLS_DIR, place)
      .replaceAll(`${CONTAINER_USER}:${CONTAINER_USER}`, '"$(id -u):$(id -g)"')
      .replaceAll(`-o ${CONTAINER_USER} -g ${CONTAINER_USER}`, '')
      .replace(/^sysctl .*$/m, '')
    const fetch = (bundle: string) => {
      writeFileSync(value, bundle)
      execFileSync('sh', { input: script })
      return statSync(file)
    }
    const file = TLS_BUNDLE_FILE.replace(TLS_DIR, place)
    const first = bundleFor(HALL, 'first')
    const written = fetch(first)
    expect(written.mode & 0o777).toBe(0o400)
    const files = { certFile: file, keyFile: file, name: HALL }
    expect(await readCertificate(files, systemClock.wallMs() + 1_000)).toHaveProperty('expiresAtMs')
    expect(fetch(first).ino).toBe(written.ino)
    const renewed = bundleFor(HALL, 'renewed')
    fetch(renewed)
    expect(readFileSync(file, 'utf8').trim()).toBe(renewed.trim())
    expect(() =>
      execFileSync('sh', { input: script.replace(`cat ${value}`, 'false'), stdio: 'pipe' }),
    ).toThrow()
    expect(readFileSync(file, 'utf8').trim()).toBe(renewed.trim())
  })
})
