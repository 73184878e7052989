import { describe, expect, test } from 'vitest'
import { testCalibration } from '../testing/calibration.ts'
import type { VenueTopology } from '../topology.ts'
import { calibratedHardware, hardwareOf } from './hardware.ts'

const CONFIG = { sessionThreads: null }
const measuredOn = (cpu: string) => ({
  ...testCalibration,
  machine: { ...testCalibration.machine, cpu },
})
const KNOWN = measuredOn('Intel(R) Xeon(R) Processor')

function ec2(instanceType: string, vcpus: number, creditMode: 'standard' | 'unlimited' | null) {
  const pop = { platform: 'ec2', instanceType, vcpus, creditMode, statedDisk: null }
  return { venue: 'remote', pop } as VenueTopology
}

describe('a machine of the event', () => {
  test('is as fast as its published benchmark says beside that of the calibration’s machine', () => {
    const large = hardwareOf(ec2('t3.large', 2, 'unlimited'), KNOWN, CONFIG, 0)
    // 27,292.6 iterations a second on 2 vCPUs beside 24,675 on one core.
    expect(large.speed).toBeCloseTo(27_292.6 / 2 / 24_675, 3)
    expect(large.unverified).toBe(
      'remote: times were measured on Intel(R) Xeon(R) Processor and scaled to t3.large, a core of which has 0.55 times its CoreMark',
    )
    expect(hardwareOf(ec2('m7g.large', 2, null), KNOWN, CONFIG, 0).speed).toBeGreaterThan(1)
  })

  test('is set beside the CoreMark that the calibration itself states before that of a processor of that name', () => {
    const stated = { ...KNOWN, machine: { ...KNOWN.machine, coremarkPerCoreS: 20_000 } }
    const { speed, unverified } = hardwareOf(ec2('t3.large', 2, 'unlimited'), stated, CONFIG, 0)
    expect(speed).toBeCloseTo(27_292.6 / 2 / 20_000, 3)
    expect(unverified).toContain('scaled to t3.large, a core of which has 0.68 times its CoreMark')
  })

  test('is taken to be as fast where a figure is missing, and that is said', () => {
    const box = { venue: 'hall', pop: { platform: 'k3s', cores: 4, statedDisk: null } } as VenueTopology
    expect(hardwareOf(box, KNOWN, CONFIG, 0)).toMatchObject({
      speed: 1,
      sessionThreads: 3,
      credits: null,
      unverified: expect.stringContaining('hall: a core of its box is taken to be as fast'),
    })
    const elsewhere = hardwareOf(ec2('t3.large', 2, 'unlimited'), measuredOn('a box'), CONFIG, 0)
    expect(elsewhere).toMatchObject({ speed: 1, unverified: expect.stringContaining('no CoreMark of a box') })
  })

  test('has the credits that it earned at rest since its launch, and those of its launch', () => {
    const rested = hardwareOf(ec2('t3.large', 2, 'standard'), KNOWN, CONFIG, 12 * 3_600).credits
    // 36 credits an hour, less what a PoP without sessions takes: 0.4 s a minute.
    expect(rested?.state.earned).toBeCloseTo(12 * (36 - (0.4 / 60) * 60), 6)
    expect(rested).toMatchObject({ mode: 'standard', size: { vcpus: 2, maxCredits: 864 } })
    expect(hardwareOf(ec2('t2.small', 1, 'standard'), KNOWN, CONFIG, 0).credits?.state.launch).toBe(30)
    expect(hardwareOf(ec2('m5.large', 2, null), KNOWN, CONFIG, 0).credits).toBeNull()
  })
})

test('a rehearsal’s twin has the machine that it was calibrated on', () => {
  expect(calibratedHardware(KNOWN, CONFIG)).toEqual({
    speed: 1,
    sessionThreads: 0,
    credits: null,
    disk: null,
    unverified: null,
  })
})
