// Writes the JSON Schemas of event and outage files into scenarios/. Run it after a change to a format:
//   node tools/build-schemas.ts
import { execFileSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { jsonSchemas } from '../infra/event/json-schema.ts'

const biome = fileURLToPath(import.meta.resolve('@biomejs/biome/bin/biome'))

for (const [name, schema] of Object.entries(jsonSchemas())) {
  const path = fileURLToPath(new URL(`../scenarios/${name}`, import.meta.url))
  writeFileSync(path, `${JSON.stringify(schema, null, 2)}\n`)
  execFileSync(process.execPath, [biome, 'format', '--write', path], {
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  process.stdout.write(`scenarios/${name}\n`)
}
