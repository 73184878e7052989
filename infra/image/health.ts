// The image's health check: asks the PoP of its pop.json, or central where there is none. Exit codes: 0 healthy; 1 not.
import { readFileSync } from 'node:fs'
import { PATHS, PORTS } from '../../runtime/ports.ts'

interface Listen {
  adminHost?: string
  adminPort?: number
}

/** Where it listens for this machine. Nothing else of pop.json is read: the check runs every half minute. */
export function healthUrl(popJson: string | null): string {
  const listen: Listen = popJson === null ? {} : (JSON.parse(popJson).listen ?? {})
  const { adminHost = '127.0.0.1', adminPort = popJson === null ? PORTS.centralAdmin : PORTS.popAdmin } =
    listen
  const everywhere: Record<string, string> = { '0.0.0.0': '127.0.0.1', '::': '::1' }
  const host = everywhere[adminHost] ?? adminHost
  return `http://${host.includes(':') ? `[${host}]` : host}:${adminPort}${PATHS.health}`
}

function popJson(): string | null {
  try {
    return readFileSync(PATHS.popConfig, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null
    throw error
  }
}

if (import.meta.main) {
  const url = healthUrl(popJson())
  const answer = await fetch(url).catch((error: Error) => ({ ok: false, status: String(error.cause) }))
  process.stdout.write(`${url}: ${answer.status}\n`)
  process.exitCode = answer.ok ? 0 : 1
}
