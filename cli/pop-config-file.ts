// pop.json as a file: read and checked, or an error that names the key.
import { readFile } from 'node:fs/promises'
import { InvalidInput } from '../runtime/errors.ts'
import { POP_CONFIG_VERSION, type PopConfig, popConfigSchema } from '../runtime/pop-config.ts'

/** Errors: MP_POP_CONFIG, MP_POP_CONFIG_NEWER. */
export async function readPopConfig(file: string): Promise<PopConfig> {
  const remedy = 'Use a pop.json made by `micropop check EVENT --pop-json VENUE` or by the Pulumi program.'
  let json: unknown
  try {
    json = JSON.parse(await readFile(file, 'utf8'))
  } catch (error) {
    throw new InvalidInput('MP_POP_CONFIG', `cannot be read: ${(error as Error).message}`, remedy, { file })
  }
  const { version } = (json ?? {}) as { version?: unknown }
  if (typeof version === 'number' && version > POP_CONFIG_VERSION) {
    throw new InvalidInput(
      'MP_POP_CONFIG_NEWER',
      `it has version ${version}, and this micropop reads version ${POP_CONFIG_VERSION}`,
      'Run the micropop that wrote it, or write it again with this one: a PoP and its pop.json go back together.',
      { file },
    )
  }
  const parsed = popConfigSchema.safeParse(json)
  if (parsed.success) return parsed.data
  const issue = parsed.error.issues[0]
  throw new InvalidInput('MP_POP_CONFIG', `${issue?.path.join('.')}: ${issue?.message}`, remedy, { file })
}
