// `micropop init`: writes a commented event file to start from.
import { readFile } from 'node:fs/promises'
import { dirname, relative, resolve, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Command } from 'commander'
import { writeNewFile } from './new-file.ts'

const STARTER = new URL('../scenarios/starter-event.yaml', import.meta.url)
const SCHEMA = fileURLToPath(new URL('../scenarios/event.schema.json', import.meta.url))

export function initCommand(): Command {
  return new Command('init')
    .description('write a commented event file to start from')
    .argument('[file]', 'where to write it', 'event.yaml')
    .option('--force', 'replace the file if it is there')
    .action(async (file: string, { force = false }: { force?: boolean }) => {
      await writeNewFile(file, forFolder(await readFile(STARTER, 'utf8'), dirname(resolve(file))), force)
      process.stdout.write(`${file}\n`)
      process.stderr.write(`Next: edit it, then run \`micropop check ${file}\`.\n`)
    })
}

/** The starter with its schema as seen from the folder it goes to, so that editors find it there. */
function forFolder(starter: string, folder: string): string {
  const path = relative(folder, SCHEMA).split(sep).join('/')
  return starter.replace(
    '$schema=./event.schema.json',
    () => `$schema=${path.startsWith('.') ? path : `./${path}`}`,
  )
}
