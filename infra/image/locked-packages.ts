// A package.json and its lock file, cut down to some of the packages and what those need; versions and digests stay.

interface Locked {
  dependencies?: Record<string, string>
  optionalDependencies?: Record<string, string>
  peerDependencies?: Record<string, string>
}

export interface Manifest {
  name: string
  version: string
  license?: string
  type?: string
  private?: boolean
  dependencies: Record<string, string>
}

export interface LockFile {
  name: string
  version: string
  lockfileVersion: number
  requires?: boolean
  /** By path: '' is the project, 'node_modules/a/node_modules/b' what a has for itself. */
  packages: Record<string, Locked & Record<string, unknown>>
}

/** Throws where a package is no dependency of the project: what only development has is not for an image. */
export function lockedPackages(
  manifest: Manifest,
  lock: LockFile,
  names: readonly string[],
): { manifest: Manifest; lock: LockFile } {
  const dependencies: Record<string, string> = {}
  for (const name of names) {
    const range = manifest.dependencies[name]
    if (range === undefined) throw new Error(`${name} is imported, but is no dependency in package.json`)
    dependencies[name] = range
  }
  const { name, version, license, type } = manifest
  const cut = {
    name,
    version,
    private: true,
    ...(license && { license }),
    ...(type && { type }),
    dependencies,
  }
  const paths = neededBy(lock, names)
  const packages = Object.fromEntries(Object.entries(lock.packages).filter(([path]) => paths.has(path)))
  return {
    manifest: cut,
    lock: {
      name,
      version,
      lockfileVersion: lock.lockfileVersion,
      requires: true,
      packages: { '': { name, version, ...(license && { license }), dependencies }, ...packages },
    },
  }
}

/** Paths in the lock file that Node finds from the project, and from what it finds there. */
function neededBy(lock: LockFile, names: readonly string[]): Set<string> {
  const found = new Set<string>()
  const waiting = names.map((name) => ({ from: '', name }))
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const path = resolved(lock, next.from, next.name)
    if (path === null || found.has(path)) continue
    found.add(path)
    const { dependencies, optionalDependencies, peerDependencies } = lock.packages[path] as Locked
    const needs = { ...dependencies, ...optionalDependencies, ...peerDependencies }
    for (const name of Object.keys(needs)) waiting.push({ from: path, name })
  }
  return found
}

/** As Node looks: beside the package, then up. null for an optional one that is in no lock. */
function resolved(lock: LockFile, from: string, name: string): string | null {
  for (let folder = from; ; folder = folder.slice(0, Math.max(0, folder.lastIndexOf('/node_modules/')))) {
    const path = folder === '' ? `node_modules/${name}` : `${folder}/node_modules/${name}`
    if (path in lock.packages) return path
    if (folder === '') return null
  }
}
