// A small text file that an option names: a token, the certificate of an authority.
import { readFile } from 'node:fs/promises'
import { InvalidInput } from '../runtime/errors.ts'

/** Throws InvalidInput with `code`. */
export async function textFile(file: string, code: string): Promise<string> {
  return readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    throw new InvalidInput(code, `cannot be read: ${error.code}`, 'Name a file that this user may read.', {
      file,
    })
  })
}
