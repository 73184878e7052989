// Counts messages, or clients by their newest message, in all and by the value of a field.
import type { Aggregate, AggregateValue } from '../protocol/filter.ts'
import { isCount } from '../protocol/parse-object.ts'
import type { Aggregator } from './aggregator.ts'
import { GROUPS_MAX, QUERY_CLIENTS_MAX } from './bounds.ts'
import { areCells } from './cells.ts'
import { compileField, type Field, type Readable } from './filter.ts'
import { groupsOf } from './groups.ts'
import { isFields } from './parse.ts'

/** Clients that may still be remembered, by all counts that share it. */
export interface Room {
  clients: number
}

/** A group has a slot for as long as something is in it; an empty one is given to the next new group. */
interface Slot {
  group: string
  count: number
  /** Number of the message that changed it last. */
  changed: number
}

/** [slot, group, count]. */
type SlotCell = [number, string, number]

interface CountDelta {
  n: number
  other?: number
  beyond?: number
  slots?: SlotCell[]
}

interface CountSnapshot {
  taken: number
  n: number
  other: number
  beyond: number
  slots: [string, number, number][]
  free: number[]
  clients?: [string, ...number[]][]
}

/** Stands for all groups that came when every slot was taken. */
const OTHER = -1

export class Count implements Aggregator {
  taken = 0
  readonly #field: Field | null
  readonly #slots: (Slot | undefined)[] = []
  readonly #slotOf = new Map<string, number>()
  readonly #free: number[] = []
  /** The slots that the newest message of each client is counted in; null where every message counts. */
  readonly #clients: Map<string, readonly number[]> | null
  readonly #room: Room
  #n = 0
  #other = 0
  #beyond = 0

  constructor({ by, per }: Extract<Aggregate, { is: 'count' }>, room: Room = { clients: QUERY_CLIENTS_MAX }) {
    this.#room = room
    this.#field = by === undefined ? null : compileField(by)
    this.#clients = per === 'client' ? new Map() : null
  }

  take(message: Readable): void {
    const groups = this.#field === null ? [] : groupsOf(this.#field(message))
    if (this.#field !== null && groups.length === 0) return
    this.taken++
    this.#count(message.client, groups)
  }

  value(): AggregateValue {
    const by = new Map<string, number>()
    for (const slot of this.#slots) {
      if (slot && slot.count > 0) by.set(slot.group, (by.get(slot.group) ?? 0) + slot.count)
    }
    return {
      is: 'count',
      n: this.#n,
      ...(this.#field !== null && { by: Object.fromEntries(by) }),
      ...(this.#other > 0 && { other: this.#other }),
      ...(this.#beyond > 0 && { beyond: this.#beyond }),
    }
  }

  merge(later: Count): void {
    this.taken += later.taken
    this.#beyond += later.#beyond
    if (this.#clients && later.#clients) {
      for (const [client, slots] of later.#clients) {
        this.#count(
          client,
          slots.map((slot) => later.#slots[slot]?.group ?? OTHER),
        )
      }
      return
    }
    this.#n += later.#n
    this.#other += later.#other
    for (const slot of later.#slots) {
      if (slot && slot.count > 0) this.#add(slot.group, slot.count)
    }
  }

  delta(since: number): CountDelta {
    const slots = this.#slots.flatMap<SlotCell>((slot, i) =>
      slot && slot.changed > since ? [[i, slot.group, slot.count]] : [],
    )
    return {
      n: this.#n,
      ...(this.#other > 0 && { other: this.#other }),
      ...(this.#beyond > 0 && { beyond: this.#beyond }),
      ...(slots.length > 0 && { slots }),
    }
  }

  patch(delta: unknown, to: number): boolean {
    if (!isCountDelta(delta)) return false
    for (const [i, group, count] of delta.slots ?? []) {
      if ((this.#slots[i]?.changed ?? 0) < to) this.#slots[i] = { group, count, changed: to }
    }
    if (to > this.taken) {
      this.taken = to
      this.#n = delta.n
      this.#other = delta.other ?? 0
      this.#beyond = delta.beyond ?? 0
    }
    return true
  }

  snapshot(since: number): CountSnapshot {
    return {
      taken: this.taken,
      n: this.#n,
      other: this.#other,
      beyond: this.#beyond,
      slots: this.#slots.map((slot) => {
        const { group, count, changed } = slot as Slot
        return [group, count, changed > since ? changed : 0]
      }),
      free: [...this.#free],
      ...(this.#clients && { clients: [...this.#clients].map(([client, slots]) => [client, ...slots]) }),
    }
  }

  restore(snapshot: unknown): void {
    const { taken, n, other, beyond, slots, free, clients } = snapshot as CountSnapshot
    this.taken = taken
    this.#n = n
    this.#other = other
    this.#beyond = beyond
    for (const [group, count, changed] of slots) {
      if (count > 0) this.#slotOf.set(group, this.#slots.length)
      this.#slots.push({ group, count, changed })
    }
    this.#free.push(...free)
    for (const [client, ...of] of clients ?? []) this.#clients?.set(client, of)
    this.#room.clients -= this.#clients?.size ?? 0
  }

  #count(client: string, groups: readonly (string | typeof OTHER)[]): void {
    if (this.#clients === null) {
      this.#n++
      for (const group of groups) this.#add(group, 1)
      return
    }
    const before = this.#clients.get(client)
    if (before === undefined) {
      if (this.#room.clients === 0) {
        this.#beyond++
        return
      }
      this.#room.clients--
      this.#n++
    } else for (const slot of before) this.#remove(slot)
    this.#clients.set(
      client,
      groups.map((group) => this.#add(group, 1)),
    )
  }

  /** Returns the slot that the group is counted in. */
  #add(group: string | typeof OTHER, count: number): number {
    const i = group === OTHER ? OTHER : (this.#slotOf.get(group) ?? this.#newSlot(group))
    if (i === OTHER) {
      this.#other += count
    } else {
      const slot = this.#slots[i] as Slot
      slot.count += count
      slot.changed = this.taken
    }
    return i
  }

  #newSlot(group: string): number {
    const i = this.#free.pop() ?? (this.#slots.length < GROUPS_MAX ? this.#slots.length : OTHER)
    if (i === OTHER) return OTHER
    this.#slots[i] = { group, count: 0, changed: this.taken }
    this.#slotOf.set(group, i)
    return i
  }

  #remove(i: number): void {
    if (i === OTHER) {
      this.#other--
      return
    }
    const slot = this.#slots[i] as Slot
    slot.count--
    slot.changed = this.taken
    if (slot.count > 0) return
    this.#slotOf.delete(slot.group)
    this.#free.push(i)
  }
}

function isCountDelta(delta: unknown): delta is CountDelta {
  return (
    isFields(delta) &&
    isCount(delta.n) &&
    isCount(delta.other ?? 0) &&
    isCount(delta.beyond ?? 0) &&
    areCells(delta.slots ?? [], 3, GROUPS_MAX) &&
    ((delta.slots ?? []) as unknown[][]).every(
      ([, group, count]) => typeof group === 'string' && isCount(count),
    )
  )
}
