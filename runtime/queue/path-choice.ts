// Which path a lane takes: what must be fast goes where the delay is least now, the rest where most rate is free.
import type { Lane } from '../protocol/lanes.ts'
import type { UplinkPath } from './uplink-path.ts'

/** A lane leaves its path for one that is better by this factor: less would make it go to and fro with the noise. */
const BETTER_WHILE_FREE = 1.25
/** The same where it has to wait for what it has on its way before it may leave. */
const BETTER_WHILE_BUSY = 2

/** Of the window of the path that urgent lanes use, what bulk may fill. */
const BULK_SHARE = 3 / 4

/** Lanes whose messages cannot wait, and are hedged. */
export function isUrgent(lane: Lane): boolean {
  return lane === 'control' || lane === 'critical'
}

/** The path of least expected delay; null where there is none. */
export function fastest(paths: readonly UplinkPath[], nowMs: number): UplinkPath | null {
  return least(paths, (path) => path.expectedDelayMs(nowMs))
}

/**
 * The path for a lane among those that are live. `current` carries it now; `busyBytes` of it are on their way there,
 * and until they are applied the lane cannot go elsewhere.
 */
export function choosePath(
  lane: Lane,
  paths: readonly UplinkPath[],
  current: UplinkPath | null,
  busyBytes: number,
  nowMs: number,
): UplinkPath | null {
  const factor = busyBytes > 0 ? BETTER_WHILE_BUSY : BETTER_WHILE_FREE
  if (isUrgent(lane)) {
    const best = fastest(paths, nowMs)
    if (best === null || current === null) return best
    return best.expectedDelayMs(nowMs) * factor < current.expectedDelayMs(nowMs) ? best : current
  }
  const best = least(paths, (path) => -path.freeBytesPerMs)
  if (best === null || current === null) return best
  const own = current.freeBytesPerMs + (current.bytesPerMs * busyBytes) / current.window.bytes
  return best.freeBytesPerMs > own * factor ? best : current
}

/** Bytes of `lane` and of the others that may be on their way by `path`; bulk yields where urgent lanes pass. */
export function roomBytes(lane: Lane, path: UplinkPath, urgentPath: UplinkPath | null): number {
  if (isUrgent(lane)) return path.window.urgentBytes
  return path.window.bytes * (lane === 'bulk' && path === urgentPath ? BULK_SHARE : 1)
}

function least(paths: readonly UplinkPath[], of: (path: UplinkPath) => number): UplinkPath | null {
  let found: UplinkPath | null = null
  for (const path of paths) if (found === null || of(path) < of(found)) found = path
  return found
}
