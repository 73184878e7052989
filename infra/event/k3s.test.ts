// What an event file says of a PoP's cluster: where its queue lies, what stands in front, and what is refused.
import { expect, test } from 'vitest'
import { loadEvent } from './load.ts'
import { change, complaints, EVENT, eventFolder, MARK, markOf } from './test-event.ts'

function popOf(keys: string) {
  const folder = eventFolder({ event: change(EVENT, 'platform: k3s', `platform: k3s, ${keys}`) })
  return loadEvent(`${folder}/event.yaml`).venues[0]?.pop
}

test('a node has a folder for the queue, by convention or as named', () => {
  expect(popOf('node: box-1')).toMatchObject({ node: { name: 'box-1', folder: '/var/lib/micropop' } })
  expect(popOf('node: box-1.local, folder: /srv/queue')).toMatchObject({
    node: { name: 'box-1.local', folder: '/srv/queue' },
  })
})

test('an ingress is by default the one that k3s comes with', () => {
  expect(popOf('ingress: {}')).toMatchObject({
    ingress: {
      tlsSecret: 'pop-tls',
      className: null,
      namespace: 'kube-system',
      podNetwork: '10.42.0.0/16',
    },
  })
})

const MISTAKES: Record<string, [from: string, to: string, message: string]> = {
  'node that is no name': [
    'platform: k3s',
    `platform: k3s, node: ${MARK}Box_1`,
    '"Box_1" is no name in Kubernetes: it takes a to z, 0 to 9, "-" and "." between them; write the name of a node, such as box-1',
  ],
  'folder without its node': [
    'platform: k3s',
    `platform: k3s, folder: ${MARK}/srv/queue`,
    'a folder lies on a node; write `node: NAME` beside it, or leave `folder` out',
  ],
  'HTTPS behind an ingress': [
    'platform: k3s',
    `platform: k3s, ingress: {}, https: ${MARK}true`,
    'the ingress ends TLS already, with the certificate of its `tlsSecret`; leave `https` or `ingress` out',
  ],
  'folder that is the whole disk': [
    'platform: k3s',
    `platform: k3s, node: box-1, folder: ${MARK}/`,
    '"/" is not the absolute path of a folder inside another; write such as /var/lib/micropop',
  ],
  'class beside a node': [
    'platform: k3s',
    `platform: k3s, node: box-1, storageClass: ${MARK}fast`,
    'the queue is in a folder of node box-1, which needs no class; leave `storageClass` or `node` out',
  ],
  'pod network that is no range': [
    'platform: k3s',
    `platform: k3s, ingress: { podNetwork: ${MARK}10.42.0.0 }`,
    'expected the address range of the cluster\'s pods such as 10.42.0.0/16, found "10.42.0.0"',
  ],
}

test.each(Object.entries(MISTAKES))('%s', (_, [from, to, message]) => {
  const event = change(EVENT, from, to)
  expect(complaints({ event })).toEqual([`${markOf('event.yaml', event)}: ${message}`])
})
