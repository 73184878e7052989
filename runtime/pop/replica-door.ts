// Where a second PoP follows this one: opened as pop.json says, on the log and the core that are here.
import type { Logger } from 'pino'
import { isLoopback } from '../authorization.ts'
import type { PopCore } from '../broker/pop-core.ts'
import type { PopEffect } from '../broker/pop-io.ts'
import { MissingHere } from '../errors.ts'
import { listening } from '../listening.ts'
import type { PopConfig } from '../pop-config.ts'
import type { SegmentLog } from '../queue/segment-log.ts'
import { ReplicaLeader } from '../replica/replica-leader.ts'
import type { Clock } from './clock.ts'
import type { Term } from './term.ts'
import { readCertificate } from './tls.ts'

export interface ReplicaDoorOptions {
  config: PopConfig
  /** What followers show; null asks for none, which is for loopback only. */
  token: string | null
  term: Term
  core: PopCore
  log: SegmentLog
  perform: (effects: readonly PopEffect[]) => void
  clock: Clock
  logger: Logger
}

/** Null where pop.json names no replica. Errors: MP_REPLICA_TOKEN, MP_PORT_TAKEN, MP_LISTEN_ADDRESS. */
export async function openReplicaDoor(options: ReplicaDoorOptions): Promise<ReplicaLeader | null> {
  const { config, token, term, core, log, perform, clock, logger } = options
  if (config.replica === null) return null
  const { host, port } = config.replica
  if (token === null && !isLoopback(host)) {
    throw new MissingHere(
      'MP_REPLICA_TOKEN',
      `whoever reaches ${host} could read the whole log`,
      'Set MICROPOP_REPLICA_TOKEN here and at the PoP that follows, or listen on 127.0.0.1.',
    )
  }
  const leader = new ReplicaLeader({
    event: config.event,
    pop: config.pop,
    term: term.term,
    token,
    tls: config.tls && (await readCertificate(config.tls, clock.wallMs())).options,
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
      start: (followed, position, of) => {
        const isPart = of === term.term || position <= (term.began?.position ?? 0)
        return log.feed.startAfter(followed === core.log && isPart ? position : null)
      },
      entriesAfter: (position) => log.feed.entriesAfter(position),
    },
    follows: (follows) => perform(core.replica(follows)),
    replicated: (commit) => perform(core.replicated(commit)),
    nowMs: clock.monotonicMs,
    logger,
  })
  try {
    await listening(leader.listen(port, host), {
      host,
      port,
      hostSetting: '`replica.host` in pop.json',
      portSetting: '`replica.port` in pop.json',
    })
  } catch (error) {
    await leader.close()
    throw error
  }
  return leader
}
