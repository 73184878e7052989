// Which files of the project a PoP and central run, and which packages: found by following imports.
import { readFileSync } from 'node:fs'
import { stripTypeScriptTypes } from 'node:module'
import { join, posix } from 'node:path'

/** Verbs that the image has. Every other one needs a clone: infrastructure, the twin, reports. */
export const IMAGE_VERBS = ['pop', 'warm', 'follow', 'central', 'queue'] as const

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

/** Follows imports from the image's entry points. Throws where one names a file that does not exist. */
export function runtimeFiles(root: string): RuntimeFiles {
  const files = new Set<string>()
  const packages = new Set<string>()
  const waiting = [...ENTRIES]
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
  /^(?:import\s+(?:[\w\s*{},$]+\sfrom\s+)?|export\s+(?:\*[\w\s]*|\{[^}]*\})\s*from\s+)'([^'\n]+)'/gm
const DYNAMIC = /\bimport\(\s*'([^'\n]+)'\s*\)/g
/** A worker's entry point. */
const WORKER = /\bnew URL\('([^'\n]+\.ts)', import\.meta\.url\)/g

/** What a file imports once its types are gone. */
function specifiersOf(source: string, path: string): string[] {
  const code = path.endsWith('.ts') ? stripTypeScriptTypes(source) : source
  const patterns = path === VERBS ? [STATIC] : [STATIC, DYNAMIC, WORKER]
  return patterns.flatMap((pattern) =>
    [...code.matchAll(pattern)].map(([, specifier]) => specifier as string),
  )
}

function packageOf(specifier: string): string {
  const parts = specifier.split('/')
  return parts.slice(0, specifier.startsWith('@') ? 2 : 1).join('/')
}
