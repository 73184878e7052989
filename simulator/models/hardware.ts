// What machine a PoP of the twin runs on: its speed beside the calibration's, its threads, and its CPU credits.
import { loadCatalog } from '../../infra/catalog/catalog.ts'
import { coresOf } from '../../infra/venue-pop/venue-pop-args.ts'
import { sessionThreads } from '../../runtime/pop/session-threads.ts'
import type { PopConfig } from '../../runtime/pop-config.ts'
import type { Calibration } from '../calibration/calibration.ts'
import { atLaunch, runLoad } from '../costs/cpu-credits.ts'
import type { VenueTopology } from '../topology.ts'
import { type DiskTimes, diskTimesOf } from './disk.ts'
import type { CreditAccount } from './processor.ts'

export interface Hardware {
  /** One core beside one of the calibration's machine. */
  speed: number
  sessionThreads: number
  credits: CreditAccount | null
  /** null: that of the calibration's machine, inside the times that were measured there. */
  disk: DiskTimes | null
  /** Why its times are not those that were measured; null: it is the machine that they were measured on. */
  unverified: string | null
}

/** The machine of the calibration itself: what a rehearsal runs on. */
export function calibratedHardware(
  { machine }: Calibration,
  config: Pick<PopConfig, 'sessionThreads'>,
): Hardware {
  return {
    speed: 1,
    sessionThreads: sessionThreads(config.sessionThreads, machine.cores, 'linux'),
    credits: null,
    disk: null,
    unverified: null,
  }
}

/**
 * The machine of the event. Its speed is CoreMark per vCPU over that of the calibration's machine; where one of the two
 * is not known, as fast. The published figure has a thread on every vCPU: where two vCPUs share a core, one busy thread
 * is faster than this says. A machine with CPU credits has rested for `restS` since its launch.
 */
export function hardwareOf(
  { pop, venue }: Pick<VenueTopology, 'pop' | 'venue'>,
  calibration: Calibration,
  config: Pick<PopConfig, 'sessionThreads'>,
  restS: number,
): Hardware {
  const { machine } = calibration
  const threads = sessionThreads(config.sessionThreads, coresOf(pop), 'linux')
  const disk = diskTimesOf(pop.statedDisk, calibration, venue)
  if (pop.platform === 'k3s') {
    const unverified = `${venue}: a core of its box is taken to be as fast as one of ${machine.cpu}, where times were measured`
    return { speed: 1, sessionThreads: threads, credits: null, disk, unverified }
  }
  const type = loadCatalog().instanceTypes.get(pop.instanceType)
  const reference = machine.coremarkPerCoreS ?? loadCatalog().calibrationMachines.get(machine.cpu)
  const perVcpu = type?.coremarkPerS && type.vcpus ? type.coremarkPerS / type.vcpus : undefined
  const known = perVcpu !== undefined && reference !== undefined
  const speed = known ? perVcpu / reference : 1
  return {
    speed,
    sessionThreads: threads,
    credits: creditsOf(pop, calibration, restS),
    disk,
    unverified: known
      ? `${venue}: times were measured on ${machine.cpu} and scaled to ${pop.instanceType}, a core of which has ${speed.toFixed(2)} times its CoreMark`
      : `${venue}: no CoreMark of ${perVcpu === undefined ? pop.instanceType : machine.cpu}: ${pop.instanceType} is taken to be as fast as ${machine.cpu}, where times were measured`,
  }
}

function creditsOf(
  pop: Extract<VenueTopology['pop'], { platform: 'ec2' }>,
  { cpu }: Calibration,
  restS: number,
): CreditAccount | null {
  const type = loadCatalog().instanceTypes.get(pop.instanceType)
  if (pop.creditMode === null || !type?.burst || type.vcpus === null) return null
  const size = {
    vcpus: type.vcpus,
    creditsPerHour: type.burst.creditsPerHour,
    maxCredits: type.burst.maxCredits,
  }
  const rest = { hours: restS / 3_600, cpuPct: (cpu.idleMsPerMinute / 60_000 / size.vcpus) * 100 }
  const { state } = runLoad(size, pop.creditMode, atLaunch(pop.instanceType, size, pop.creditMode), rest)
  return { size, mode: pop.creditMode, state }
}
