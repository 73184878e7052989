// `micropop warm`: makes a PoP's images ahead, beside the PoP or before it starts.
import { join } from 'node:path'
import { Command } from 'commander'
import { PATHS } from '../runtime/ports.ts'
import { abortSignal } from './abort.ts'
import { readPopConfig } from './pop-config-file.ts'

export function warmCommand(): Command {
  return new Command('warm')
    .description("make a PoP's images ahead, in every width and format, into its cache")
    .option('--config <file>', 'the compiled configuration of this PoP', PATHS.popConfig)
    .addHelpText('after', '\nA running PoP finds them at once. What is there is not made again.')
    .action(async ({ config: file }: { config: string }) => {
      const { imagesDir, dataDir } = await readPopConfig(file)
      if (imagesDir === null) {
        process.stdout.write('This PoP serves no images.\n')
        return
      }
      const { warmImages } = await import('../runtime/assets/warm-images.ts')
      const signal = abortSignal()
      const { originals, made, kept, unreadable, full } = await warmImages({
        imagesDir,
        cacheDir: join(dataDir, 'images'),
        signal,
        onFault: (name, error) => process.stderr.write(`${name} cannot be read: ${error.message}\n`),
      })
      process.stdout.write(
        `${originals} originals: ${made} images made, ${kept} were there` +
          `${unreadable === 0 ? '' : `, ${unreadable} originals cannot be read`}` +
          `${full ? '; the cache is full, the rest is made when asked for' : ''}.\n`,
      )
      signal.throwIfAborted()
    })
}
