// A whole venue in virtual time: attendees, the PoP, the one that follows it, central, and the faults of a plan.
import { isDiskFull } from '../../runtime/queue/disk.ts'
import { errno } from '../../runtime/queue/testing/modelled-disk.ts'
import { Attendee } from './attendee.ts'
import { Central } from './central.ts'
import { EventQueue } from './event-queue.ts'
import { fail, History } from './history.ts'
import { Machine } from './machine.ts'
import type { Fault, Plan } from './plan.ts'
import { CHANNELS, newCore, PopProcess, type SessionWire } from './pop-process.ts'
import { Follower } from './replica-link.ts'
import { Wire } from './wire.ts'
import { Workload } from './workload.ts'

/** Rules that are broken on purpose, to see that the checker finds it. */
export interface Sabotage {
  diskLies?: boolean
  forgetsWatermarks?: boolean
  forgetsSeen?: boolean
  keepsTerm?: boolean
}

/** After the last fault: for retries of every part, and a poll that is still open. */
const QUIET_WITHIN_MS = 120_000
const LATE_MS = 3_000
const AGAIN_MS = 1_000
/** Between looks at whether the leader is there to be destroyed. */
const LOOK_MS = 5
/** Between looks at whether the follower has everything. */
const WATCH_MS = 100

export class Venue {
  readonly queue = new EventQueue()
  readonly history = new History()
  readonly plan: Plan
  /** What happened, as text: two runs of a seed give the same. */
  readonly trace: string[] = []
  readonly #random: () => number
  readonly #sabotage: Sabotage
  readonly #central: Central
  readonly #attendees: Attendee[] = []
  #operator: Attendee | null = null
  #pop: PopProcess | null = null
  #popMachine: Machine
  #follower: Follower | null = null
  #followerMachine: Machine | null = null
  readonly #resetUntilMs: number[] = []
  readonly #silentUntilMs: number[] = []
  #clientsStalledUntilMs = 0
  #followerSilentUntilMs = 0
  #logs = 0
  /** A fault is at work on the leader or the follower: another one of its kind waits for a better day. */
  #popBusy = false
  #followerBusy = false
  /** What a process threw outside of an event. */
  #broken: Error | null = null
  #isNewFollower = true
  destroyed = 0

  constructor(plan: Plan, random: () => number, sabotage: Sabotage) {
    this.plan = plan
    this.#random = random
    this.#sabotage = sabotage
    const { queue, history } = this
    this.#central = new Central({ queue, random, history, forgetsWatermarks: sabotage.forgetsWatermarks })
    this.#popMachine = this.#machine()
    if (plan.hasFollower) this.#followerMachine = this.#machine()
  }

  async run(): Promise<void> {
    const { queue, plan } = this
    this.#startPop()
    if (plan.hasFollower) this.#startFollower()
    for (let i = 0; i < plan.attendees; i++) this.#attendees.push(this.#attendee(`a${i}`))
    this.#operator = this.#attendee('operator')
    const workload = new Workload(queue, this.#random, plan)
    for (const attendee of this.#attendees) workload.start(attendee)
    workload.openPolls(this.#operator)
    for (const fault of plan.faults)
      queue.at(fault.atMs, () => this.#fault(fault).catch((error) => this.#failedToStart(error)))
    await queue.run(plan.endMs, () => this.#broken !== null)
    await queue.run(plan.endMs + QUIET_WITHIN_MS, () => this.#broken !== null || this.#isQuiet())
    if (this.#broken) throw this.#broken
    if (!this.#isQuiet()) fail(`not quiet after ${QUIET_WITHIN_MS} ms: ${this.#unrest()}`)
    this.history.end()
  }

  #machine(): Machine {
    const machine = new Machine(this.queue, this.#random)
    machine.disk.lies = this.#sabotage.diskLies ?? false
    return machine
  }

  #attendee(client: string): Attendee {
    const { queue, history } = this
    const attendee = new Attendee({
      queue,
      random: this.#random,
      history,
      client,
      connect: (end) => {
        const pop = this.#pop
        if (!pop?.isUp) return null
        const wire = pop.accept((server) => new Wire(queue, this.#wayOfClients(), server, end))
        return { wire, by: { log: pop.core.log, epoch: pop.core.epoch } }
      },
    })
    attendee.start()
    return attendee
  }

  #wayOfClients() {
    return {
      delayMs: () => 1 + this.#random() ** 4 * 300,
      stalledUntilMs: () => this.#clientsStalledUntilMs,
    }
  }

  #startPop(promoted = false): void {
    const { queue, history } = this
    const settings = { ...this.plan.settings, ...this.#sabotage }
    this.#pop = new PopProcess({
      queue,
      random: this.#random,
      history,
      machine: this.#popMachine,
      settings,
      promoted,
      newLog: `log-${++this.#logs}`,
      failed: (error) => this.#failedToStart(error),
      uplink: {
        connect: (path, end) => {
          if (queue.nowMs < (this.#resetUntilMs[path] ?? 0)) return null
          const way = {
            delayMs: () => 5 + this.#random() * 20,
            stalledUntilMs: () => this.#silentUntilMs[path] ?? 0,
          }
          return this.#central.accept((server) => {
            const wire = new Wire(queue, way, server, end)
            this.#uplinkWires.push({ path, wire })
            return wire
          })
        },
      },
    })
  }

  /** Whoever watches the process starts it again, unless an operator is at the machine. */
  #failedToStart(error: NodeJS.ErrnoException): void {
    if (error.code !== 'EIO' && !isDiskFull(error)) this.#broken ??= error
    else if (!this.#popBusy) this.#restartPop(false, AGAIN_MS).catch((again) => this.#failedToStart(again))
  }

  readonly #uplinkWires: { path: number; wire: { reset: () => void } }[] = []

  #startFollower(): void {
    const { queue, plan } = this
    const way = {
      delayMs: () => 0.5 + this.#random() * 2,
      stalledUntilMs: () => this.#followerSilentUntilMs,
    }
    this.#follower = new Follower({
      queue,
      machine: this.#followerMachine as Machine,
      newCore: () => newCore(plan.settings, 'follower', this.#random),
      log: { segmentBytes: plan.settings.segmentBytes, maxBytes: plan.settings.queueBytesMax },
      connect: (end) => {
        const pop = this.#pop
        if (!pop?.isUp) return null
        let made: Wire<never, never> | null = null
        pop.acceptFollower((server) => {
          const wire = new Wire(queue, way, server, end)
          made = wire as unknown as Wire<never, never>
          return wire
        })
        return made
      },
      failed: (error) => {
        this.#broken ??= error
      },
    })
    this.#watchCopy(this.#follower)
  }

  async #fault(fault: Fault): Promise<void> {
    const { queue } = this
    this.trace.push(`${Math.floor(queue.nowMs)} ${fault.do}`)
    switch (fault.do) {
      case 'drop-client':
        this.#attendees[fault.client % this.#attendees.length]?.drop()
        break
      case 'stall-clients':
        this.#clientsStalledUntilMs = queue.nowMs + fault.forMs
        break
      case 'reset-path':
        this.#resetUntilMs[fault.path] = queue.nowMs + fault.forMs
        for (const { path, wire } of this.#uplinkWires) if (path === fault.path) wire.reset()
        break
      case 'silence-path':
        this.#silentUntilMs[fault.path] = queue.nowMs + fault.forMs
        break
      case 'crash-central':
        if (!this.#central.up) break
        this.#central.crash()
        queue.after(fault.forMs, () => this.#central.start())
        break
      case 'back-up-central':
        this.#central.backUp()
        break
      case 'restore-central':
        this.#central.restore()
        break
      case 'step-clock':
        this.#popMachine.stepClock(fault.byMs)
        break
      case 'slow-disk': {
        const machine = this.#popMachine
        machine.slowness = fault.times
        queue.after(fault.forMs, () => {
          machine.slowness = 1
        })
        break
      }
      case 'fill-disk': {
        const { disk } = this.#popMachine
        disk.capacityBytes = disk.usedBytes + fault.roomBytes
        queue.after(fault.forMs, () => {
          disk.capacityBytes = Number.POSITIVE_INFINITY
        })
        break
      }
      case 'silence-follower':
        this.#followerSilentUntilMs = queue.nowMs + fault.forMs
        break
      case 'kill-pop':
      case 'cut-power':
        if (!this.#popBusy) await this.#restartPop(fault.do === 'cut-power', fault.forMs)
        break
      case 'fail-write':
        if (this.#popBusy) break
        this.#popBusy = true
        this.#popMachine.disk.failNextWrite = errno('EIO', 'the medium failed')
        queue.after(LATE_MS, () => this.#coldStart(fault.forMs))
        break
      case 'lose-follower':
        if (!this.#followerBusy && this.#follower) await this.#loseFollower(fault.how, fault.forMs)
        break
      case 'destroy-leader':
        await this.#destroyLeader(fault.forMs)
    }
  }

  #coldStart(forMs: number): void {
    this.#restartPop(true, forMs).catch((error) => this.#failedToStart(error))
  }

  async #restartPop(power: boolean, forMs: number): Promise<void> {
    this.#popBusy = true
    await this.#endPop(power)
    if (power) this.#popMachine.disk.crash(this.#random)
    this.queue.after(forMs, () => {
      this.#popBusy = false
      this.#startPop()
    })
  }

  async #endPop(power: boolean): Promise<void> {
    const pop = this.#pop as PopProcess
    this.#pop = null
    const wires = [...pop.wires] as SessionWire[]
    for (const wire of wires) {
      if (power) wire.vanish(LATE_MS * this.#random())
      else wire.closeFromServer()
    }
    await pop.die()
  }

  async #loseFollower(how: 'kill' | 'power' | 'disk' | 'write', forMs: number): Promise<void> {
    this.#followerBusy = true
    if (how === 'write') {
      ;(this.#followerMachine as Machine).disk.failNextWrite = errno('EIO', 'the medium failed')
      const coldStart = () => this.#loseFollower('power', forMs).catch((error) => this.#failedToStart(error))
      this.queue.after(LATE_MS, coldStart)
      return
    }
    await this.#follower?.die()
    this.#follower = null
    if (how === 'power') this.#followerMachine?.disk.crash(this.#random)
    if (how === 'disk') {
      this.#followerMachine = this.#machine()
      this.#isNewFollower = true
    }
    this.queue.after(forMs, () => {
      this.#followerBusy = false
      this.#startFollower()
    })
  }

  /** Two disks that are lost at a time are more than was promised: a new follower must have had everything once. */
  #watchCopy(follower: Follower): void {
    if (this.#follower !== follower || !this.#isNewFollower) return
    const core = this.#pop?.core
    this.#isNewFollower = follower.log !== core?.log || follower.position !== core?.position
    this.queue.after(WATCH_MS, () => this.#watchCopy(follower))
  }

  async #destroyLeader(forMs: number): Promise<void> {
    const pop = this.#pop
    const hasCopy = !this.plan.hasFollower || (this.#follower?.isOpen && !this.#isNewFollower)
    if (this.#popBusy || this.#followerBusy || !pop?.isUp || !hasCopy) {
      if (this.queue.nowMs < this.plan.endMs)
        this.queue.after(LOOK_MS, () =>
          this.#destroyLeader(forMs).catch((error) => this.#failedToStart(error)),
        )
      return
    }
    this.#popBusy = true
    this.#followerBusy = true
    this.destroyed++
    const { log, epoch } = pop.core
    await this.#endPop(true)
    const heir = this.#follower
    const follows = heir?.log === log
    this.history.diskLost({ log, epoch }, heir && follows ? heir.position : null)
    await heir?.die()
    this.#follower = null
    this.#popMachine = follows ? (this.#followerMachine as Machine) : this.#machine()
    if (follows) this.#popMachine.term = { term: this.#popMachine.term.term + 1 }
    if (this.plan.hasFollower) this.#followerMachine = this.#machine()
    this.#isNewFollower = true
    this.queue.after(forMs, () => {
      this.#popBusy = false
      this.#followerBusy = false
      this.#startPop(follows)
      if (this.plan.hasFollower) this.#startFollower()
    })
  }

  #isQuiet(): boolean {
    return this.#unrest() === ''
  }

  #unrest(): string {
    const pop = this.#pop
    if (!pop?.isUp) return 'the PoP is down'
    if (pop.stopped) return `central takes nothing more: ${pop.stopped}`
    if (!pop.isDrained) return `${pop.core.uplink.backlog} records wait for central`
    for (const attendee of [...this.#attendees, this.#operator as Attendee]) {
      if (attendee.outbox.size > 0)
        return `${attendee.client} waits for ${[...attendee.outbox.keys()].join(' ')}`
      for (const [ch, { parts }] of Object.entries(CHANNELS)) {
        for (let part = 0; part < parts; part++) {
          const stream = parts === 1 ? ch : `${ch}/${part}`
          if (!attendee.hasSeen(pop.core.epoch, stream, pop.core.offset(stream)))
            return `${attendee.client} has not seen all of ${stream}`
        }
      }
    }
    return ''
  }
}
