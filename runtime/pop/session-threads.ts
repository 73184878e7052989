// How many threads of their own the sessions of a PoP have.

/** Up to so many cores sessions have no thread of their own: the way there and back costs more than it brings. */
const CORES_WITHOUT_THREADS = 2

/** As many as asked for: null is one for each core but the main thread's, none on two cores. */
export function sessionThreads(
  asked: number | null,
  cores: number,
  platform: NodeJS.Platform = process.platform,
): number {
  const wanted = asked ?? (cores <= CORES_WITHOUT_THREADS ? 0 : Math.ceil(cores) - 1)
  // SO_REUSEPORT spreads connections over listeners here; elsewhere several threads cannot share a port.
  return platform === 'linux' ? wanted : Math.min(wanted, 1)
}
