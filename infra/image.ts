// The container image that a deployment runs: how its reference is written, and what stands for one that is not known.
import { InvalidInput } from '../runtime/errors.ts'

/** Stands in a recording, and in a preview of an event that is not set up yet. */
export const UNSET_IMAGE = 'micropop:unset'

/** Lower-case path with optional registry port, tag and digest; no blanks, so that it is safe in a unit file. */
const IMAGE = /^[a-z0-9][a-z0-9._\-/:]*(:[A-Za-z0-9._-]+)?(@sha256:[0-9a-f]{64})?$/

/**
 * The reference as it is given by `key`.
 *
 * @throws {InvalidInput} `MP_IMAGE_INVALID` where it is none.
 */
export function checkedImage(image: string, key: string): string {
  if (IMAGE.test(image)) return image
  throw new InvalidInput(
    'MP_IMAGE_INVALID',
    `${key} is not an image reference: ${image}`,
    'Write it as registry/name:tag or registry/name@sha256:digest.',
  )
}
