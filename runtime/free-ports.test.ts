import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { freePort, LOOPBACK } from './free-ports.ts'

test('a free port can be listened on', async () => {
  const port = await freePort()
  const server = createServer().listen(port, LOOPBACK)
  onTestFinished(() => void server.close())
  await once(server, 'listening')
  expect((server.address() as AddressInfo).port).toBe(port)
})

test('a port that is taken is said to be, with what to do', async () => {
  const server = createServer().listen(0, LOOPBACK)
  onTestFinished(() => void server.close())
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  await expect(freePort(port)).rejects.toMatchObject({
    code: 'MP_PORT_TAKEN',
    exitCode: 3,
    message: expect.stringContaining(String(port)),
  })
})
