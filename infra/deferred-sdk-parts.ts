// Parts that the Pulumi SDK loads at its start and that only programs with serialised functions use.
import { createRequire, Module } from 'node:module'

/**
 * What turns a JavaScript function into a Lambda or a dynamic provider: npm's tree of packages and the TypeScript
 * compiler. The program has no such resource, and they are a third of the SDK's time to load.
 */
const SERIALISERS = ['@npmcli/arborist', 'typescript']

/** Lets the SDK load them where it first uses them. To be called before the SDK is loaded, and without effect after. */
export function deferSerialisers(): void {
  const sdk = createRequire(createRequire(import.meta.url).resolve('@pulumi/pulumi'))
  for (const name of SERIALISERS) {
    const file = fileOf(sdk, name)
    if (file !== null && sdk.cache[file] === undefined) sdk.cache[file] = deferred(file, sdk)
  }
}

/** null: not installed, which the SDK copes with by itself. */
function fileOf(sdk: NodeJS.Require, name: string): string | null {
  try {
    return sdk.resolve(name)
  } catch {
    return null
  }
}

function deferred(file: string, sdk: NodeJS.Require): NodeJS.Module {
  const module = new Module(file)
  let loaded: Record<PropertyKey, unknown> | undefined
  const get = (_: object, key: PropertyKey) => {
    // Asked by compiled `import * as`, which copies every property of what is not such a module.
    if (key === '__esModule') return true
    if (loaded === undefined) {
      delete sdk.cache[file]
      loaded = sdk(file) as Record<PropertyKey, unknown>
    }
    return loaded[key]
  }
  module.filename = file
  module.loaded = true
  module.exports = new Proxy({}, { get })
  return module
}
