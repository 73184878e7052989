// How a channel is treated: its partitions, what central gets of it, what a session that reads too slowly is spared.
import type { ChannelRule } from '../pop-config.ts'

export const DEFAULT_RULE: Omit<ChannelRule, 'match'> = {
  partitions: 1,
  slow: [],
  upstream: 'all',
  relay: true,
}

/** Channels whose rule is kept ready, at most; beyond, rules are looked up each time. */
const CACHE_MAX = 20_000

export class ChannelRules {
  readonly #rules: readonly ChannelRule[]
  readonly #known = new Map<string, Omit<ChannelRule, 'match'>>()

  /** The first rule that matches a channel counts. */
  constructor(rules: readonly ChannelRule[] = []) {
    this.#rules = rules
  }

  of(ch: string): Omit<ChannelRule, 'match'> {
    const known = this.#known.get(ch)
    if (known) return known
    const rule = this.#rules.find(({ match }) => matchesChannel(match, ch)) ?? DEFAULT_RULE
    if (this.#known.size < CACHE_MAX) this.#known.set(ch, rule)
    return rule
  }

  /** Partition of a message by its key; undefined where the channel has one order. */
  partition(ch: string, key: string): number | undefined {
    const { partitions } = this.of(ch)
    return partitions === 1 ? undefined : fnv1a(key) % partitions
  }
}

/** `pattern`: a channel's name, or the beginning of names followed by `*`. */
export function matchesChannel(pattern: string, ch: string): boolean {
  return pattern.endsWith('*') ? ch.startsWith(pattern.slice(0, -1)) : ch === pattern
}

/** FNV-1a, 32 bits, over UTF-16 code units. Source: Fowler, Noll, Vo; draft-eastlake-fnv. */
function fnv1a(text: string): number {
  let hash = 0x811c9dc5
  for (let i = 0; i < text.length; i++) {
    hash ^= text.charCodeAt(i)
    hash = Math.imul(hash, 0x01000193)
  }
  return hash >>> 0
}
