// A PoP on the spot market, and one with reserved capacity: the inputs of their resources, and what the machine does at boot.
import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { parse } from 'yaml'
import { PATHS } from '../../runtime/ports.ts'
import type { Ec2Pop } from '../event/event.ts'
import type { ResourceGraph } from '../graph.ts'
import { recordGraph } from '../resource-graph.ts'
import { TAG } from '../tags.ts'
import { child, readable } from '../testing/components.ts'
import { eventWith, remoteVenue } from '../testing/events.ts'
import { DATA_DEVICE } from './boot.ts'

const TIMEOUT_MS = 30_000
const GROUP = 'aws:autoscaling/group:Group'
const TEMPLATE = 'aws:ec2/launchTemplate:LaunchTemplate'

async function graphOf(pop: Partial<Ec2Pop>): Promise<ResourceGraph> {
  const base = remoteVenue().pop as Ec2Pop
  return await recordGraph(eventWith({ venues: [remoteVenue({ pop: { ...base, ...pop } })] }))
}

describe('on the spot market', () => {
  let graph: ResourceGraph
  beforeAll(async () => {
    const bought = { policy: 'spot', creditMode: 'standard', maxPrice: 20_000_000_000n } as const
    graph = await graphOf({ ...bought, orTypes: ['t3a.medium', 't3.large'] })
  }, TIMEOUT_MS)
  const inputs = (type: string) => child(graph, 'remote', type).inputs
  const bootFile = (path: string) => {
    const userData = Buffer.from(String(inputs(TEMPLATE).userData), 'base64').toString()
    const { write_files } = parse(userData) as { write_files: { path: string; content: string }[] }
    const found = write_files.find((each) => each.path === path)
    if (found === undefined) throw new Error(`no ${path}`)
    return found.content
  }

  test('every input is as it was recorded last', async () => {
    await expect(readable(graph, 'remote')).toMatchFileSnapshot('../testing/recorded/venue-pop-on-spot.yaml')
  })

  test('one machine, of the type with most spare capacity, never above the cap', () => {
    expect(inputs(GROUP)).toMatchObject({
      ...{ minSize: 1, maxSize: 1, desiredCapacity: 1, capacityRebalance: true },
      mixedInstancesPolicy: {
        launchTemplate: {
          overrides: [
            { instanceType: 't3.medium' },
            { instanceType: 't3a.medium' },
            { instanceType: 't3.large' },
          ],
        },
        instancesDistribution: {
          ...{ onDemandBaseCapacity: 0, onDemandPercentageAboveBaseCapacity: 0 },
          ...{ spotAllocationStrategy: 'capacity-optimized', spotMaxPrice: '0.02' },
        },
      },
    })
  })

  test('the machine answers IMDSv2 only, has no key, and its disk is encrypted', () => {
    expect(inputs(TEMPLATE)).toMatchObject({
      metadataOptions: { httpTokens: 'required', httpPutResponseHopLimit: 1 },
      blockDeviceMappings: [{ ebs: { encrypted: 'true', volumeSize: 12 } }],
    })
    expect(inputs(TEMPLATE)).not.toHaveProperty('keyName')
  })

  test('it may take the disk and the address of its venue, onto machines of its venue', () => {
    const { policy } = inputs('aws:iam/rolePolicy:RolePolicy')
    const [disk, address] = JSON.parse(String(policy)).Statement.slice(-2)
    const Condition = {
      StringEquals: {
        [`aws:ResourceTag/${TAG.event}`]: 'summit',
        [`aws:ResourceTag/${TAG.venue}`]: 'remote',
      },
    }
    expect(disk).toMatchObject({ Action: ['ec2:AttachVolume', 'ec2:DetachVolume'], Condition })
    expect(disk.Resource[0]).toBe('volume.remote-pop-data.arn')
    expect(address).toMatchObject({ Action: 'ec2:AssociateAddress', Condition })
    const tagged = inputs(TEMPLATE).tagSpecifications as { resourceType: string; tags: object }[]
    expect(tagged.map(({ resourceType }) => resourceType)).toEqual([
      'instance',
      'volume',
      'network-interface',
    ])
    for (const { tags } of tagged) expect(tags).toMatchObject({ [TAG.venue]: 'remote' })
  })

  test('the PoP watches for its end, and a machine that was drained does not begin again', () => {
    const unit = bootFile('/etc/systemd/system/micropop-pop.service')
    expect(unit).toMatch(/ pop --spot$/m)
    expect(unit).toMatch(/^Restart=on-failure$/m)
    expect(unit).toMatch(/^ExecStopPost=\/usr\/local\/libexec\/micropop-leave-disk$/m)
  })

  /** Runs a script of the machine where `aws`, `curl` and `umount` only write down that they were asked. */
  function run(
    path: string,
    { attached, refuses = '', env = {} }: { attached: boolean; refuses?: string; env?: object },
  ) {
    const folder = mkdtempSync(join(tmpdir(), 'micropop-spot-'))
    onTestFinished(() => rmSync(folder, { recursive: true }))
    const device = join(folder, 'disk')
    const tool = (name: string, lines: string) =>
      writeFileSync(join(folder, name), `#!/bin/sh\n${lines}\n`, { mode: 0o755 })
    tool('aws', `echo "$2 $*" | sed 's/ .*--/ --/' >> ${folder}/asked\n[ "$2" != "${refuses}" ]`)
    tool('curl', 'case "$*" in *PUT*) echo a-token;; *a-token*instance-id) echo i-123;; *) exit 22;; esac')
    tool('umount', `echo "umount" >> ${folder}/asked`)
    tool('systemctl', `echo systemctl >> ${folder}/asked`)
    tool('mountpoint', 'exit 0')
    tool('xfs_growfs', 'exit 0')
    tool('install', 'exit 0')
    if (attached) writeFileSync(device, '')
    const script = bootFile(path).replaceAll(DATA_DEVICE, device).replaceAll('/run/micropop', folder)
    execFileSync('sh', ['-n'], { input: script })
    const PATH = `${folder}:${process.env.PATH}`
    const { status } = spawnSync('sh', [], { input: script, env: { PATH, ...env }, encoding: 'utf8' })
    const asked = spawnSync('cat', [join(folder, 'asked')], { encoding: 'utf8' })
      .stdout.trim()
      .split('\n')
    return { status, asked: asked.map((line) => line.split(' ')[0]) }
  }
  const PREPARE = '/usr/local/libexec/micropop-prepare'
  const LEAVE = '/usr/local/libexec/micropop-leave-disk'

  test('the address is taken only by the machine that has the disk', () => {
    const waits = run(PREPARE, { attached: false, refuses: 'attach-volume' })
    expect(waits.asked).toEqual(['attach-volume'])
    expect(waits.status).not.toBe(0)
    const attaching = run(PREPARE, { attached: false })
    expect(attaching.asked).toEqual(['attach-volume'])
    expect(attaching.status).toBe(1)
    const ready = run(PREPARE, { attached: true })
    expect(ready.asked.slice(0, 1)).toEqual(['associate-address'])
    expect(ready.status).toBe(0)
  })

  test('the disk is left after a good end, and kept after a crash', () => {
    expect(run(LEAVE, { attached: true, env: { SERVICE_RESULT: 'success' } })).toEqual({
      status: 0,
      asked: ['systemctl', 'umount', 'detach-volume'],
    })
    expect(run(LEAVE, { attached: true, env: { SERVICE_RESULT: 'exit-code' } }).asked).toEqual([''])
  })

  test('its boot is told where its data is, by the same names as any other machine', () => {
    expect(JSON.parse(bootFile(PATHS.popConfig))).toMatchObject({ pop: 'remote', event: 'summit' })
  })
})

test('reserved capacity is of the same type, zone and tags as the machine that it is for', async () => {
  const graph = await graphOf({ policy: 'reserved', instanceType: 'm5.large', creditMode: null })
  const kept = child(graph, 'remote', 'aws:ec2/capacityReservation:CapacityReservation').inputs
  const machine = child(graph, 'remote', 'aws:ec2/instance:Instance').inputs
  expect(kept).toMatchObject({
    ...{ instanceType: machine.instanceType, instanceCount: 1, instanceMatchCriteria: 'targeted' },
    ...{ instancePlatform: 'Linux/UNIX', availabilityZone: 'eu-west-1a', tags: machine.tags },
  })
  expect(machine.capacityReservationSpecification).toEqual({
    capacityReservationTarget: { capacityReservationId: 'capacityReservation.remote-pop.id' },
  })
})
