// Events counted by second, and the busiest of the seconds.

export class PeakPerSecond {
  readonly #bins = new Map<number, number>()
  most = 0

  add(atMs: number, events = 1): void {
    const second = Math.floor(atMs / 1000)
    const count = (this.#bins.get(second) ?? 0) + events
    this.#bins.set(second, count)
    this.most = Math.max(this.most, count)
  }
}
