// The addresses of PoPs in what `pulumi stack output --json` prints.
import { InvalidInput } from '../errors.ts'
import { PORTS } from '../ports.ts'

export interface PublicAddress {
  venue: string
  url: string
}

/** Reads `popUrl` (one address, or one by venue) and `popAddresses`. `file` is for errors. Errors: MP_STACK_OUTPUT. */
export function popsOfStack(text: string, file: string): PublicAddress[] {
  const outputs = parsed(text, file)
  const byVenue = new Map<string, string>()
  for (const [venue, { name }] of entriesOf<{ name?: unknown }>(outputs.popAddresses))
    if (typeof name === 'string') byVenue.set(venue, `http://${name}:${PORTS.pop}`)
  for (const urls of [outputs.popUrl, outputs.popUrls])
    for (const [venue, url] of typeof urls === 'string' ? [['pop', urls]] : entriesOf<unknown>(urls))
      if (typeof venue === 'string' && typeof url === 'string') byVenue.set(venue, url)
  if (byVenue.size > 0) return [...byVenue].map(([venue, url]) => ({ venue, url }))
  throw new InvalidInput(
    'MP_STACK_OUTPUT',
    'names no PoP',
    'Write the file with `pulumi stack output --json`, after `pulumi up`; a PoP that is on no public network is given by --pop.',
    { file },
  )
}

function parsed(text: string, file: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text)
    if (typeof value === 'object' && value !== null && !Array.isArray(value))
      return value as Record<string, unknown>
  } catch {
    // Said below.
  }
  throw new InvalidInput(
    'MP_STACK_OUTPUT',
    'is no JSON object',
    'Write the file with `pulumi stack output --json`.',
    { file },
  )
}

function entriesOf<T>(value: unknown): [string, T][] {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (Object.entries(value) as [string, T][]).filter(([, of]) => of !== null)
    : []
}
