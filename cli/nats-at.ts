// The NATS server that an option names, with the credentials that the environment has.

import { InvalidInput } from '../runtime/errors.ts'
import { type NatsSettings, natsFromEnvironment } from '../runtime/nats/connection.ts'

/** Errors: MP_NATS_URL. */
export function natsAt(url: string | undefined, env: Record<string, string | undefined>): NatsSettings {
  const settings = natsFromEnvironment({ ...env, ...(url !== undefined && { NATS_URL: url }) })
  if (settings !== null) return settings
  throw new InvalidInput(
    'MP_NATS_URL',
    'no NATS server is named',
    'Give --nats nats://host:4222, or set NATS_URL.',
  )
}
