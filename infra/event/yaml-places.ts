// Where the keys and values of a YAML document stand, by their path in the data.
import {
  type Document,
  isAlias,
  isMap,
  isSeq,
  type LineCounter,
  type Node,
  type Pair,
  type YAMLMap,
} from 'yaml'
import type { Place } from '../../runtime/errors.ts'

export type Path = readonly (string | number)[]

export interface DuplicateKey {
  path: Path
  place: Place
  /** Line where the key is written first. */
  firstLine: number
}

export interface YamlPlaces {
  /** Where the value at `path` starts; of the nearest ancestor's key where there is none. */
  valueAt(path: Path): Place
  /** Where the key (or the list item) at `path` starts; of the nearest ancestor's key where there is none. */
  keyAt(path: Path): Place
  /** Keys that are written again in one mapping. The data has the last of them, and so have the places. */
  duplicateKeys: readonly DuplicateKey[]
}

/** Looks places up in `document`, whose contents are `root` and whose lines `lines` counted. */
export function placesOf(document: Document, root: YAMLMap, lines: LineCounter, file: string): YamlPlaces {
  const indexed = new WeakMap<YAMLMap, Map<string, Pair>>()
  return {
    valueAt: (path) => placeAt(lines, file, offsetOf(path, false)),
    keyAt: (path) => placeAt(lines, file, offsetOf(path, true)),
    duplicateKeys: duplicates(root, []),
  }

  function offsetOf(path: Path, ofKey: boolean): number {
    let node: unknown = root
    let offset = 0
    for (const [index, step] of path.entries()) {
      const holder = isAlias(node) ? node.resolve(document) : node
      if (isMap(holder)) {
        const pair = pairsOf(holder).get(String(step))
        if (!pair) return offset
        offset = startOf(pair.key) ?? offset
        node = pair.value
      } else if (isSeq(holder) && typeof step === 'number' && holder.items[step] !== undefined) {
        node = holder.items[step]
        offset = startOf(node) ?? offset
      } else return offset
      if (index === path.length - 1 && !ofKey) offset = startOf(node) ?? offset
    }
    return offset
  }

  /** By key, the last of equal ones. Indexed once: a file may have many mistakes in one mapping. */
  function pairsOf(map: YAMLMap): Map<string, Pair> {
    let pairs = indexed.get(map)
    if (!pairs) {
      pairs = new Map(map.items.map((pair) => [keyOf(pair), pair]))
      indexed.set(map, pairs)
    }
    return pairs
  }

  function duplicates(node: unknown, path: Path): DuplicateKey[] {
    if (isSeq(node)) return node.items.flatMap((item, index) => duplicates(item, [...path, index]))
    if (!isMap(node)) return []
    const firstLines = new Map<string, number>()
    return node.items.flatMap((pair) => {
      const key = keyOf(pair)
      const here = [...path, key]
      const place = placeAt(lines, file, startOf(pair.key) ?? 0)
      const firstLine = firstLines.get(key)
      if (firstLine === undefined) firstLines.set(key, place.line ?? 0)
      const again = firstLine === undefined ? [] : [{ path: here, place, firstLine }]
      return [...again, ...duplicates(pair.value, here)]
    })
  }
}

/** The place of a character offset. */
export function placeAt(lines: LineCounter, file: string, offset: number): Place {
  const { line, col } = lines.linePos(offset)
  return { file, line, column: col }
}

/** Where a node starts, if it was parsed from text. */
export function startOf(node: unknown): number | undefined {
  return (node as Node | null)?.range?.[0]
}

function keyOf(pair: Pair): string {
  return String((pair.key as { value?: unknown } | null)?.value ?? pair.key)
}
