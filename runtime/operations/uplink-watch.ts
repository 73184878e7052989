// Tells the hall's DNS server when the uplink is gone and when it is back, by asking the resolvers behind it.
import { NODATA, NOTFOUND, Resolver } from 'node:dns/promises'

/** Between looks, and for an answer. */
const LOOK_EVERY_MS = 2_000
const ANSWER_LIMIT_MS = 1_500
/** Looks without any answer before the uplink counts as gone: one lost datagram is none. */
const SILENT_MAX = 2

export interface UplinkWatch {
  /** Whether any resolver beyond the uplink answers. */
  answers: () => Promise<boolean>
  /** Tells the DNS server. What it throws is noted, and tried again at the next look. */
  tell: (uplink: boolean) => Promise<void>
  note: (text: string) => void
  wait: (ms: number) => Promise<unknown>
  signal: AbortSignal
}

/** Until the signal; then the server is left as it is with an uplink, since nobody would tell it again. */
export async function watchUplink({ answers, tell, note, wait, signal }: UplinkWatch): Promise<void> {
  let told: boolean | null = null
  let silent = 0
  const tellOnce = async (uplink: boolean) => {
    if (told === uplink) return
    try {
      await tell(uplink)
      note(uplink ? 'other names are asked beyond the uplink' : 'the uplink is gone: other names are refused')
      told = uplink
    } catch (error) {
      note(`the DNS server is not told: ${(error as Error).message}`)
    }
  }
  while (!signal.aborted) {
    silent = (await answers()) ? 0 : silent + 1
    await tellOnce(silent < SILENT_MAX)
    await wait(LOOK_EVERY_MS)
  }
  await tellOnce(true)
}

/** Any answer that is about the name counts; that a resolver cannot find out does not: its own uplink is gone. */
export async function anyAnswers(resolvers: readonly string[], name: string): Promise<boolean> {
  const asked = resolvers.map(async (server) => {
    const resolver = new Resolver({ timeout: ANSWER_LIMIT_MS, tries: 1 })
    resolver.setServers([server])
    try {
      await resolver.resolve4(name)
      return true
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException
      return code === NODATA || code === NOTFOUND
    }
  })
  return (await Promise.all(asked)).includes(true)
}
