// A leader's log and a follower over a real socket: both logs on modelled disks, which lose what was not synced.
import { pino } from 'pino'
import { afterEach, expect, test } from 'vitest'
import type { PopCore } from '../broker/pop-core.ts'
import { commitOf, newCore, publish } from '../broker/testing/core-effects.ts'
import { PATHS } from '../ports.ts'
import type { LogRecord } from '../queue/record.ts'
import { SegmentLog } from '../queue/segment-log.ts'
import { errno, ModelledDisk } from '../queue/testing/modelled-disk.ts'
import { seededRandom } from '../testing/seeded-random.ts'
import { FollowerLog } from './follower-log.ts'
import { ReplicaFollower } from './replica-follower.ts'
import { ReplicaLeader } from './replica-leader.ts'

const LOG_OPTIONS = { segmentBytes: 2_000, maxBytes: 10 ** 9 }
const TOKEN = 'secret-of-the-replica'
const WITHIN_MS = 10_000

const open: { close: () => unknown }[] = []
afterEach(async () => {
  for (const one of open.splice(0).reverse()) await one.close()
})

/** A core with a log, and the door for its follower. */
class Leader {
  readonly core: PopCore
  readonly told: string[] = []
  readonly #log: SegmentLog
  readonly #door: ReplicaLeader
  port = 0
  #seq = 0

  private constructor(core: PopCore, log: SegmentLog) {
    this.core = core
    this.#log = log
    this.#door = new ReplicaLeader({
      event: 'show',
      pop: 'hall',
      term: 3,
      token: TOKEN,
      tls: null,
      followed: {
        get log() {
          return core.log
        },
        get position() {
          return core.position
        },
        get applied() {
          return core.applied
        },
        start: (followed, position) => log.feed.startAfter(followed === core.log ? position : null),
        entriesAfter: (position) => log.feed.entriesAfter(position),
      },
      follows: (follows) => {
        this.told.push(follows ? 'follows' : 'left')
        this.#told(core.replica(follows))
      },
      replicated: (commit) => this.#told(core.replicated(commit)),
      nowMs: () => performance.now(),
      logger: pino({ level: 'silent' }),
    })
    open.push({ close: () => this.#door.close() })
  }

  static async start(disk = new ModelledDisk()): Promise<Leader> {
    const core = newCore()
    const log = await SegmentLog.open(disk, {
      ...LOG_OPTIONS,
      replay: (entry) => core.replay(entry),
      checkpoint: () => core.checkpoint(),
    })
    const leader = new Leader(core, log)
    leader.port = await leader.#door.listen(0, '127.0.0.1')
    return leader
  }

  /** Publishes `count` messages that wait for the replica, one commit each. */
  async publish(count: number): Promise<void> {
    for (let i = 0; i < count; i++) {
      const effects = this.core.publish(publish(++this.#seq, { ack: 'replica', body: 'x'.repeat(150) }))
      const records = effects.flatMap((effect) => (effect.do === 'commit' ? effect.records : []))
      await this.#log.append(records)
      this.#told(this.core.committed(performance.now()))
      this.#door.committed(
        this.core.counters.commits,
        records.map((message) => ({ message })),
      )
    }
  }

  settle(): Promise<void> {
    return this.#door.settle()
  }

  all(): Promise<LogRecord[]> {
    return this.#log.read('interactive', 1, this.core.position) as Promise<LogRecord[]>
  }

  #told(effects: ReturnType<PopCore['committed']>): void {
    for (const effect of effects) if (effect.do === 'ack') this.told.push(`${effect.seq} ${effect.durable}`)
  }
}

async function follow(port: number, disk: ModelledDisk, token = TOKEN) {
  const log = await FollowerLog.open({ ...LOG_OPTIONS, disk, newCore: () => newCore({ log: 'log-2' }) })
  const states: { connected: boolean; position: number }[] = []
  let changed = () => {}
  const terms: number[] = []
  const follower = new ReplicaFollower({
    url: `ws://127.0.0.1:${port}${PATHS.replica}`,
    token,
    event: 'show',
    pop: 'hall',
    log,
    term: 1,
    saveTerm: async (term) => {
      terms.push(term)
    },
    progress: (state) => {
      states.push(state)
      changed()
    },
    wallMs: () => 0,
    random: seededRandom(1),
    logger: pino({ level: 'silent' }),
  })
  const close = async () => {
    await follower.close()
    await log.close()
  }
  open.push({ close })
  const reaches = async (position: number) => {
    const late = AbortSignal.timeout(WITHIN_MS)
    while (log.position < position) {
      if (late.aborted) throw new Error(`at ${log.position} of ${position}`)
      await new Promise<void>((resolve) => {
        changed = resolve
        late.addEventListener('abort', () => resolve(), { once: true })
      })
    }
  }
  return { log, states, terms, reaches, close }
}

async function until(holds: () => boolean): Promise<void> {
  const late = AbortSignal.timeout(WITHIN_MS)
  while (!holds()) {
    if (late.aborted) throw new Error('not within the time')
    await new Promise((resolve) => setImmediate(resolve))
  }
}

/** What the disk of the follower holds after a power cut, as a PoP that starts on it finds it. */
async function survives(disk: ModelledDisk): Promise<{ core: PopCore; records: LogRecord[] }> {
  disk.crash(seededRandom(7))
  const core = newCore({ log: 'log-3' })
  const log = await SegmentLog.open(disk, {
    ...LOG_OPTIONS,
    replay: (entry) => core.replay(entry),
    checkpoint: () => core.checkpoint(),
  })
  open.push(log)
  const first = log.firstKept.interactive
  const count = core.uplink.lanes.interactive.last - first + 1
  return { core, records: (await log.read('interactive', first, count)) as LogRecord[] }
}

test('acknowledges `replica` only what survives a power cut of the follower', async () => {
  const leader = await Leader.start()
  const disk = new ModelledDisk()
  const follower = await follow(leader.port, disk)
  await until(() => leader.told.includes('follows'))
  await leader.publish(30)
  await until(() => leader.told.includes('30 replica'))
  expect(leader.told).not.toContain('30 disk')
  expect(follower.terms).toEqual([3])
  await follower.close()
  const { core, records } = await survives(disk)
  expect(core.epoch).toBe('log-1')
  expect(core.position).toBe(30)
  expect(records).toEqual(await leader.all())
  expect(core.checkpoint()).toMatchObject({
    channels: leader.core.checkpoint().channels,
    seen: leader.core.checkpoint().seen,
  })
})

test('a follower that comes late or comes back is fed from the disk, in order, once', async () => {
  const leader = await Leader.start()
  await leader.publish(25)
  const disk = new ModelledDisk()
  const first = await follow(leader.port, disk)
  await first.reaches(25)
  await first.close()
  await until(() => leader.told.includes('left'))
  await leader.publish(20)
  expect(leader.told).toContain('45 disk')
  const again = await follow(leader.port, disk)
  await again.reaches(45)
  await until(() => leader.told.filter((told) => told === 'follows').length === 2)
  await leader.publish(1)
  await until(() => leader.told.includes('46 replica'))
  await again.close()
  expect((await survives(disk)).records).toEqual(await leader.all())
})

test('a leader that stops waits until its follower has all, and for nobody where none follows', async () => {
  const leader = await Leader.start()
  await leader.settle()
  const other = await Leader.start()
  const follower = await follow(other.port, new ModelledDisk())
  await until(() => other.told.includes('follows'))
  await other.publish(20)
  await other.settle()
  expect(follower.log.position).toBe(20)
})

test('a follower of another log starts anew with a checkpoint', async () => {
  const disk = new ModelledDisk()
  const former = await Leader.start()
  await former.publish(5)
  const before = await follow(former.port, disk)
  await before.reaches(5)
  await before.close()

  // Another PoP took the first one's place with an empty disk.
  const core = newCore({ log: 'log-9' })
  const log = await SegmentLog.open(new ModelledDisk(), {
    ...LOG_OPTIONS,
    replay: () => {},
    checkpoint: () => core.checkpoint(),
  })
  open.push(log)
  expect(await log.feed.startAfter(null)).toMatchObject({ position: 0, checkpoint: { log: 'log-9' } })
  const follower = await FollowerLog.open({ ...LOG_OPTIONS, disk, newCore: () => newCore() })
  open.push(follower)
  expect([follower.log, follower.position]).toEqual(['log-1', 5])
  await follower.restart(core.checkpoint())
  expect([follower.log, follower.position]).toEqual(['log-9', 0])
})

test('a follower whose disk failed takes nothing more until it is started again', async () => {
  const disk = new ModelledDisk()
  const leader = newCore()
  const log = await FollowerLog.open({ ...LOG_OPTIONS, disk, newCore: () => newCore() })
  open.push(log)
  await log.restart(leader.checkpoint())
  const entries = commitOf(leader.publish(publish(1))).map((message) => ({ message }))
  disk.failNextWrite = errno('EIO', 'the medium failed')
  await expect(log.append(entries)).rejects.toThrow('EIO')
  await expect(log.append(entries)).rejects.toThrow('EIO')
  disk.crash(seededRandom(3))
  const again = await FollowerLog.open({ ...LOG_OPTIONS, disk, newCore: () => newCore() })
  open.push(again)
  expect(again.position).toBe(0)
  await again.append(entries)
  expect(again.position).toBe(1)
})

test('a stranger is not let in', async () => {
  const leader = await Leader.start()
  const follower = await follow(leader.port, new ModelledDisk(), 'a guess')
  await until(() => follower.states.some(({ connected }) => !connected))
  expect(follower.log.log).toBeNull()
  expect(leader.told).toEqual([])
})
