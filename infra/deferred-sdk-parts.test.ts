import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { expect, test } from 'vitest'

/** In a process of its own: what a process has loaded stays loaded. */
function printedBy(program: string): unknown {
  const args = ['--input-type=module', '-e', program]
  const { status, stdout, stderr } = spawnSync(process.execPath, args, {
    cwd: join(import.meta.dirname, '..'),
  })
  expect(status, stderr.toString()).toBe(0)
  return JSON.parse(stdout.toString())
}

const LOADED = `
  import { createRequire } from 'node:module'
  const sdk = createRequire(createRequire(process.cwd() + '/').resolve('@pulumi/pulumi'))
  const loaded = (name) => Object.keys(sdk.cache).filter((file) => file.includes('/node_modules/' + name + '/')).length`

test('recording a graph loads neither npm’s tree of packages nor the TypeScript compiler', () => {
  const program = `${LOADED}
    import { loadEvent } from './infra/event/load.ts'
    import { recordGraph } from './infra/resource-graph.ts'
    const { resources } = await recordGraph(loadEvent('scenarios/events/hybrid-conference-2000.yaml'))
    console.log(JSON.stringify([resources.length > 10, loaded('@npmcli/arborist'), loaded('typescript')]))`
  // One each: what stands for it.
  expect(printedBy(program)).toEqual([true, 1, 1])
})

test('the SDK still serialises a function, with what it loads then', () => {
  const program = `${LOADED}
    import { deferSerialisers } from './infra/deferred-sdk-parts.ts'
    deferSerialisers()
    const { runtime } = await import('@pulumi/pulumi')
    const times = 6
    const { text } = await runtime.serializeFunction((of) => of * times)
    const paths = await runtime.computeCodePaths()
    console.log(JSON.stringify([text.includes('times: 6'), paths.size > 0, loaded('@npmcli/arborist') > 1]))`
  expect(printedBy(program)).toEqual([true, true, true])
})
