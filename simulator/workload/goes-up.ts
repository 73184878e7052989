// Which of the workload's messages go on to central: the PoP's own reading of the event's channel rules.
import { ChannelRules } from '../../runtime/broker/channel-rules.ts'
import type { ChannelRule } from '../../runtime/pop-config.ts'
import { bodyOf } from './frames.ts'
import { CHANNELS } from './run-plan.ts'

/** By kind: messages of one kind have one channel and one body. A rule on their senders or times is not read here. */
export function goesUp(channels: readonly ChannelRule[]): Record<'chat' | 'vote', boolean> {
  const rules = new ChannelRules(channels)
  const of = (kind: 'chat' | 'vote') =>
    rules.goesUp({ ch: CHANNELS[kind], body: bodyOf(kind), client: '', at: 0, t: 0, off: 0 })
  return { chat: of('chat'), vote: of('vote') }
}
