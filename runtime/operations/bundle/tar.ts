// A tar archive (POSIX ustar, IEEE Std 1003.1-2017, pax) of a few small files, in memory.

const BLOCK = 512
const NAME_BYTES_MAX = 100

export interface TarFile {
  /** Up to 100 bytes of ASCII. */
  name: string
  bytes: Buffer
}

/** `mtimeS`: seconds since the Unix epoch, of all files. */
export function tar(files: readonly TarFile[], mtimeS: number): Buffer {
  const parts = files.flatMap(({ name, bytes }) => [
    header(name, bytes.length, mtimeS),
    bytes,
    Buffer.alloc((BLOCK - (bytes.length % BLOCK)) % BLOCK),
  ])
  return Buffer.concat([...parts, Buffer.alloc(2 * BLOCK)])
}

function header(name: string, size: number, mtimeS: number): Buffer {
  if (Buffer.byteLength(name) > NAME_BYTES_MAX) throw new Error(`${name} is too long for a tar header`)
  const block = Buffer.alloc(BLOCK)
  const octal = (value: number, at: number, length: number) =>
    block.write(`${value.toString(8).padStart(length - 1, '0')}\0`, at, 'latin1')
  block.write(name, 0, 'latin1')
  octal(0o644, 100, 8)
  octal(0, 108, 8)
  octal(0, 116, 8)
  octal(size, 124, 12)
  octal(Math.floor(mtimeS), 136, 12)
  block.write('0', 156, 'latin1')
  block.write('ustar\u000000', 257, 'latin1')
  // Its own field counts as spaces.
  block.fill(' ', 148, 156)
  const sum = block.reduce((total, byte) => total + byte, 0)
  block.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1')
  return block
}
