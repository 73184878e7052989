// Workers as a Kubernetes Job: what the command prints is taken by a real API server, whose admission is at work.
import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import { parseAllDocuments } from 'yaml'
import { missingTools } from './engine-stack.ts'
import { KUBE_TOOLS, KubeApiServer, type KubeObject, pathOf } from './kube-api-server.ts'
import { differences } from './kube-fields.ts'
import { ROOT } from './source-tree.ts'

const TIMEOUT = { timeout: 240_000 }
const IMAGE = 'registry.test/micropop:1'

function manifests(...options: string[]): Promise<{ stdout: string }> {
  return promisify(execFile)(process.execPath, [join(ROOT, 'cli/main.ts'), 'worker', 'manifests', ...options])
}

interface Job extends KubeObject {
  spec: {
    parallelism: number
    backoffLimit: number
    ttlSecondsAfterFinished: number
    template: { metadata: object; spec: Record<string, unknown> }
  }
}

test('an image that is none is refused', TIMEOUT, async () => {
  await expect(manifests('--image', 'Not An Image')).rejects.toMatchObject({ code: 2 })
})

test(
  'every object is taken as it is, and its pods are let in under the restricted standard',
  TIMEOUT,
  async ({ skip }) => {
    const missing = missingTools(KUBE_TOOLS)
    skip(missing.length > 0, `not on PATH: ${missing.join(', ')}`)
    await using api = await KubeApiServer.start()
    const { stdout } = await manifests('--image', IMAGE, '--workers', '8', '--port', '4333')
    const objects = parseAllDocuments(stdout).map((document): KubeObject => document.toJS())
    expect(objects.map(({ kind }) => kind)).toEqual(['Namespace', 'NetworkPolicy', 'Job'])
    for (const object of objects) {
      const path = `${pathOf(object)}?fieldManager=test&fieldValidation=Strict`
      const { status, body } = await api.patch(path, 'apply-patch+yaml', object)
      expect({ status, message: body.message }, object.kind).toEqual({ status: 201, message: undefined })
      expect(differences(object, (await api.get(pathOf(object))).body, object.kind)).toEqual([])
    }

    const { spec, metadata } = objects.at(-1) as Job
    expect(spec).toMatchObject({ parallelism: 8, backoffLimit: 24, ttlSecondsAfterFinished: 3_600 })
    // As the Job's controller, which is not here, would make it.
    const pod = {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { ...spec.template.metadata, name: 'worker' },
      spec: spec.template.spec,
    }
    const pods = `api/v1/namespaces/${metadata.namespace}/pods?dryRun=All`
    expect(await api.post(pods, pod)).toMatchObject({ status: 201 })
    const root = { ...pod, spec: { ...pod.spec, securityContext: { runAsUser: 0 } } }
    expect(await api.post(pods, root)).toMatchObject({
      status: 403,
      body: {
        message: expect.stringMatching(/violates PodSecurity "restricted:latest".*runAsNonRoot != true/),
      },
    })
  },
)
