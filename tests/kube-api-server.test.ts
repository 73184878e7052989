// The API server of tests lets go of what is deleted, as a cluster with its controllers does.
import { expect, test } from 'vitest'
import { missingTools } from './engine-stack.ts'
import { KUBE_TOOLS, KubeApiServer } from './kube-api-server.ts'

const TIMEOUT_MS = 120_000
const GONE = { timeout: 20_000 }

test('an object and its namespace go, also where what they own is to go first', {
  timeout: TIMEOUT_MS,
}, async ({ skip }) => {
  const missing = missingTools(KUBE_TOOLS)
  skip(missing.length > 0, `not on PATH: ${missing.join(', ')}`)
  await using api = await KubeApiServer.start()
  const gone = async (path: string) => {
    expect((await api.delete(path)).status).toBe(200)
    await expect.poll(async () => (await api.get(path)).status, GONE).toBe(404)
  }
  const named = (kind: string) => ({ apiVersion: 'v1', kind, metadata: { name: 'one' } })
  const namespace = 'api/v1/namespaces/one'
  expect(await api.post('api/v1/namespaces', named('Namespace'))).toMatchObject({ status: 201 })
  expect(await api.post(`${namespace}/configmaps`, named('ConfigMap'))).toMatchObject({ status: 201 })
  await gone(`${namespace}/configmaps/one`)
  await gone(namespace)
})
