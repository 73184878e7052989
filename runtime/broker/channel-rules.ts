// How a channel is treated: its partitions, what central gets of it, what a session that reads too slowly is spared.
import type { ChannelRule } from '../pop-config.ts'
import { AGGREGATE_PREFIX } from '../protocol/standing.ts'
import { compileFilter, type Predicate, type Readable } from '../queries/filter.ts'

export const DEFAULT_RULE: Omit<ChannelRule, 'match'> = {
  partitions: 1,
  slow: [],
  upstream: 'all',
  relay: true,
}

/** Changes of standing aggregates are for central, whatever the rules say of other channels. */
const AGGREGATE_RULE: Omit<ChannelRule, 'match'> = { ...DEFAULT_RULE, relay: false }

/** Channels whose rule is kept ready, at most; beyond, rules are looked up each time. */
const CACHE_MAX = 20_000

export class ChannelRules {
  readonly #rules: readonly ChannelRule[]
  readonly #known = new Map<string, Omit<ChannelRule, 'match'>>()
  /** Of the rules that send up only what matches. */
  readonly #wanted = new Map<unknown, Predicate>()

  /** The first rule that matches a channel counts. */
  constructor(rules: readonly ChannelRule[] = []) {
    this.#rules = rules
    for (const rule of rules) {
      if (typeof rule.upstream === 'object') this.#wanted.set(rule, compileFilter(rule.upstream.where))
    }
  }

  of(ch: string): Omit<ChannelRule, 'match'> {
    const known = this.#known.get(ch)
    if (known) return known
    const rule = ch.startsWith(AGGREGATE_PREFIX)
      ? AGGREGATE_RULE
      : (this.#rules.find(({ match }) => matchesChannel(match, ch)) ?? DEFAULT_RULE)
    if (this.#known.size < CACHE_MAX) this.#known.set(ch, rule)
    return rule
  }

  /** Whether central gets a message that was published at this PoP. */
  goesUp(message: Readable & { ch: string }): boolean {
    const rule = this.of(message.ch)
    if (rule.upstream === 'all' || rule.upstream === 'none') return rule.upstream === 'all'
    return this.#wanted.get(rule)?.(message) ?? false
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
