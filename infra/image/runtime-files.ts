// Which files of the project a PoP and central run, and which packages: found by following imports.
import { readFileSync } from 'node:fs'
import { join, posix } from 'node:path'

/** Verbs that the image has. Every other one needs a clone: infrastructure, reports. */
export const IMAGE_VERBS = ['pop', 'warm', 'follow', 'central', 'queue', 'worker'] as const

/** Where they start. */
const ENTRIES = ['cli/micropop.mjs', 'infra/image/health.ts', ...IMAGE_VERBS.map((verb) => `cli/${verb}.ts`)]

/** Loads each verb when it runs: what it names is there only for the verbs above. */
const VERBS = 'cli/verbs.ts'

export interface RuntimeFiles {
  /** From the root, with forward slashes, sorted. */
  files: string[]
  /** Names of packages, sorted. */
  packages: string[]
}

/** What the image's entry points need. Throws where an import names a file that does not exist. */
export function runtimeFiles(root: string): RuntimeFiles {
  return importedFrom(root, ENTRIES)
}

/** Follows imports from `entries`, paths from the root. Throws where one names a file that does not exist. */
export function importedFrom(root: string, entries: readonly string[]): RuntimeFiles {
  const files = new Set<string>()
  const packages = new Set<string>()
  const waiting = [...entries]
  for (let path = waiting.pop(); path !== undefined; path = waiting.pop()) {
    if (files.has(path)) continue
    files.add(path)
    if (!/\.m?[jt]s$/.test(path)) continue
    for (const specifier of specifiersOf(readFileSync(join(root, path), 'utf8'), path)) {
      if (specifier.startsWith('.')) waiting.push(posix.join(posix.dirname(path), specifier))
      else if (!specifier.startsWith('node:')) packages.add(packageOf(specifier))
    }
  }
  return { files: [...files].sort(), packages: [...packages].sort() }
}

const STATIC =
  /^(?:import\s+(?!type\s)(?:[\w\s*{},$]+\sfrom\s+)?|export\s+(?:\*[\w\s]*|\{[^}]*\})\s*from\s+)'([^'\n]+)'/gm
const DYNAMIC = /\bimport\(\s*'([^'\n]+)'\s*\)/g
/** A thread's entry point, or data that is read. */
const BESIDE = /\bnew URL\('([^'\n]+\.(?:ts|csv))', import\.meta\.url\)/g

/** What a file imports when it runs: whole imports of types are gone then. */
function specifiersOf(source: string, path: string): string[] {
  const patterns = path === VERBS ? [STATIC] : [STATIC, DYNAMIC, BESIDE]
  return patterns.flatMap((pattern) =>
    [...source.matchAll(pattern)].map(([, specifier]) => specifier as string),
  )
}

function packageOf(specifier: string): string {
  const parts = specifier.split('/')
  return parts.slice(0, specifier.startsWith('@') ? 2 : 1).join('/')
}
