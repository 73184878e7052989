// A PoP in an event of several: its uplink over NATS, and what other PoPs of the event relay to it.
import type { NatsConnection } from '@nats-io/transport-node'
import type { NatsSettings } from './connection.ts'
import { describeFailure, Relay, type RelayOptions } from './relay.ts'
import { NatsUplinkSocket } from './uplink-socket.ts'

export interface NatsUplinkOptions extends RelayOptions {
  nats: NatsSettings
}

export interface NatsUplink {
  /** Of `UplinkClientOptions`: a new session, with its own connection. */
  open: () => NatsUplinkSocket
  /** The core's effect `relayed`. */
  relayed: (position: number, taken: boolean) => void
  stop: () => Promise<void>
}

/** The relay runs while central answers: with central away, nothing new enters the stream. */
export function natsUplink(options: NatsUplinkOptions): NatsUplink {
  const { nats, event, pop, log } = options
  let socket: NatsUplinkSocket | null = null
  let relay: Relay | null = null
  const end = async () => {
    const ended = relay
    relay = null
    await ended?.stop()
  }
  const follow = async (of: NatsUplinkSocket, connection: NatsConnection, epoch: string) => {
    const failed = (error: unknown) => {
      if (socket !== of || connection.isClosed()) return
      // The next session of the uplink starts it again.
      log.warn(describeFailure(error))
      connection.close().catch((cause) => log.warn(describeFailure(cause)))
    }
    try {
      const started = await Relay.start(options, connection, epoch, failed)
      if (socket === of) relay = started
      else await started.stop()
    } catch (error) {
      failed(error)
    }
  }
  return {
    open: () => {
      end().catch((error) => log.warn(describeFailure(error)))
      const opened: NatsUplinkSocket = new NatsUplinkSocket({
        nats,
        event,
        pop,
        clock: options.clock,
        ready: (connection, epoch) => void follow(opened, connection, epoch),
      })
      socket = opened
      return opened
    },
    relayed: (position, taken) => relay?.relayed(position, taken),
    stop: async () => {
      socket?.terminate()
      socket = null
      await end()
    },
  }
}
