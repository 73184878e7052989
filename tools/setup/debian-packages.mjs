// Programs that only tests need, from this system's own packages: found on PATH, or installed where this is Debian and root.
import { run } from './child.mjs'
import { onPath } from './path.mjs'
import { step, Unavailable } from './progress.mjs'

/**
 * The servers that tests run for themselves, by program: what a venue or a cloud has and a clone has not.
 * @type {Record<string, string>}
 */
export const SERVER_PACKAGES = {
  etcd: 'etcd-server',
  dnsmasq: 'dnsmasq-base',
  pebble: 'pebble',
  'pebble-challtestsrv': 'pebble',
  buildah: 'buildah',
  debootstrap: 'debootstrap',
}

/**
 * The packages of those programs that are not on PATH.
 * @param {Record<string, string>} packages By program.
 */
export function missingPackages(packages) {
  const missing = Object.keys(packages).filter((program) => onPath(program) === null)
  return [...new Set(missing.map((program) => packages[program] ?? program))]
}

/**
 * @param {string} what For messages.
 * @param {string[]} packages
 * @param {{ linux: string, macos: string, windows: string }} how To get them by hand.
 * @param {AbortSignal} signal
 */
export async function installPackagesOfSystem(what, packages, how, signal) {
  const apt = onPath('apt-get')
  const why = apt === null ? 'there is no apt-get to install it with.' : 'installing it needs root.'
  if (apt === null || process.getuid?.() !== 0) throw new Unavailable(what, why, how)
  await step(`${what}, from the packages of this system, for tests`, async () => {
    const env = { DEBIAN_FRONTEND: 'noninteractive' }
    await run(apt, ['update', '-q'], { env, signal })
    const ended = await run(apt, ['install', '-qy', '--no-install-recommends', ...packages], { env, signal })
    if (!ended.ok) throw new Unavailable(what, `apt-get ended with ${ended.why}.\n${ended.output}`, how)
  })
}

/** @param {AbortSignal} signal */
export async function installServers(signal) {
  const packages = missingPackages(SERVER_PACKAGES)
  if (packages.length === 0) return
  const how = {
    linux: `sudo apt-get install ${packages.join(' ')}`,
    macos: 'these tests need Linux',
    windows: 'these tests need Linux',
  }
  await installPackagesOfSystem(packages.join(', '), packages, how, signal)
}
