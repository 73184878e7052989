// The kinds of access links that events and traces name.
import type { AccessTechnology, Signal } from './event.ts'

export const ACCESS_TECHNOLOGIES = ['4g', 'wifi_2.4GHz', 'wifi_5GHz'] as const satisfies AccessTechnology[]
export const SIGNALS = ['weak', 'medium', 'strong'] as const satisfies Signal[]

/** The key of a kind of link in an `AccessTrace`: `technology/signal`. */
export function accessKey(link: { technology: AccessTechnology; signal: Signal }): string {
  return `${link.technology}/${link.signal}`
}

/** Every key there is. */
export const ACCESS_KEYS: readonly string[] = ACCESS_TECHNOLOGIES.flatMap((technology) =>
  SIGNALS.map((signal) => accessKey({ technology, signal })),
)
