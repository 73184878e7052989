// Single keys of an event file, set from outside it: as if they were written there, with places that say where they are.
import type { Place } from '../../runtime/errors.ts'
import type { Path } from './yaml-places.ts'
import type { YamlSource } from './yaml-source.ts'

export interface Setting {
  /** In the event file, e.g. venues, remote, pop, policy. */
  path: readonly string[]
  /** As YAML has it; null takes the key out. */
  value: unknown
  /** Of the setting. */
  place: Place
}

type Section = Record<string, unknown>

/** `source` as it would be with the settings in it. Mistakes in what was set have the setting's place. */
export function withSettings(source: YamlSource, settings: readonly Setting[]): YamlSource {
  if (settings.length === 0) return source
  const data = structuredClone(source.data) as Section
  for (const { path, value } of settings) {
    let section = data
    for (const key of path.slice(0, -1)) {
      const next = Object.hasOwn(section, key) ? section[key] : undefined
      section = isSection(next) ? next : put(section, key, {})
    }
    const last = path.at(-1) as string
    if (value === null) delete section[last]
    else put(section, last, value)
  }
  const placeOf = (path: Path) =>
    settings.findLast((setting) => setting.path.every((key, i) => path[i] === key))?.place
  return {
    ...source,
    data,
    keyAt: (path) => placeOf(path) ?? source.keyAt(path),
    valueAt: (path) => placeOf(path) ?? source.valueAt(path),
  }
}

function isSection(value: unknown): value is Section {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** Whatever the key is called, it becomes a plain property. */
function put<T>(section: Section, key: string, value: T): T {
  Object.defineProperty(section, key, { value, writable: true, enumerable: true, configurable: true })
  return value
}
