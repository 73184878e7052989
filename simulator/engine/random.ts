// Independent random streams from one seed: each entity and purpose draws from its own, so that a change in one
// part of a run leaves every other draw as it was (common random numbers between variants).
// Generator: sfc32 (Doty-Humphrey, PractRand); seeding: FNV-1a of the labels, mixed as in MurmurHash3.

/** Returns [0, 1) with 32 bits of resolution. */
export type Random = () => number

/** The stream named by `labels` under `seed`. The same arguments give the same stream on every machine. */
export function stream(seed: number, ...labels: (string | number)[]): Random {
  const name = `${seed}/${labels.join('/')}`
  let a = hash(name, 0x811c9dc5)
  let b = hash(name, 0x9e3779b9)
  let c = hash(name, 0x85ebca6b)
  let counter = 1
  const next = () => {
    const t = (((a + b) | 0) + counter) | 0
    counter = (counter + 1) | 0
    a = b ^ (b >>> 9)
    b = (c + (c << 3)) | 0
    c = ((c << 21) | (c >>> 11)) + t
    return (t >>> 0) / 4294967296
  }
  for (let i = 0; i < 12; i++) next()
  return next
}

function hash(text: string, basis: number): number {
  let h = basis
  for (let i = 0; i < text.length; i++) h = Math.imul(h ^ text.charCodeAt(i), 0x01000193)
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b)
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35)
  return (h ^ (h >>> 16)) | 0
}

/** Exponential with the given mean, by inversion. */
export function exponential(random: Random, mean: number): number {
  return -mean * Math.log(1 - random())
}

/** Fisher–Yates, in place. */
export function shuffle<T>(items: T[], random: Random): T[] {
  for (let i = items.length - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1))
    const swapped = items[i] as T
    items[i] = items[j] as T
    items[j] = swapped
  }
  return items
}
