// A PoP that asks nobody who they are must not be reachable from elsewhere by accident.
import type { Logger } from 'pino'
import { isLoopback } from '../broker/client-address.ts'
import { InvalidInput } from '../errors.ts'
import type { PopConfig } from '../pop-config.ts'

/**
 * Refuses to start a PoP with `auth: "open"` where others than this machine come in, unless `door.allowOpen` says that
 * this is meant; then the log says it at every start. Errors: MP_OPEN_DOOR.
 */
export function checkOpenDoor({ auth, door, listen }: PopConfig, logger: Logger): void {
  if (auth !== 'open') return
  const behindProxies = door.trustedProxies.length > 0
  if (isLoopback(listen.host) && !behindProxies) return
  const where = behindProxies ? 'through its proxies' : `at ${listen.host}`
  if (!door.allowOpen) {
    throw new InvalidInput(
      'MP_OPEN_DOOR',
      `this PoP would be open to anyone who reaches it ${where}, under any client id`,
      'Have it ask for tokens with `auth` in pop.json (`micropop token new-key` makes the keys), listen on 127.0.0.1, or, where everyone may come, set `door.allowOpen` to true.',
    )
  }
  logger.warn(
    { host: listen.host },
    `the door is open: anyone who reaches it ${where} comes in, as any client`,
  )
}
