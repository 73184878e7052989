// What a schema cannot say of sponsors, discounts and tax in an event file.
import type { Complain, ValidParts } from './checks.ts'
import { list } from './suggest.ts'
import type { Path } from './yaml-places.ts'

export function checkMoney(parts: ValidParts, complain: Complain): void {
  checkSponsors(parts, complain)
  const services = (parts.finance?.discounts ?? []).map(({ service }) => service)
  for (const [index, service] of services.entries()) {
    if (services.indexOf(service) !== index) {
      complain(['finance', 'discounts', index], `there are two discounts on ${service}; keep one`)
    }
  }
}

function checkSponsors({ sponsors = [], venues, show }: ValidParts, complain: Complain): void {
  const names = sponsors.map(({ name }) => name)
  const segments = show?.runOfShow.map(({ name }) => name)
  for (const [index, sponsor] of sponsors.entries()) {
    const path = ['sponsors', index]
    if (names.indexOf(sponsor.name) !== index) {
      complain(path, `sponsor "${sponsor.name}" is listed twice; keep one`)
    }
    if (venues) checkNamed(sponsor.venues, Object.keys(venues), 'venue', [...path, 'venues'], complain)
    if (segments) checkNamed(sponsor.segments, segments, 'segment', [...path, 'segments'], complain)
    const { minimum, cap, perUserSecond } = sponsor
    if (minimum !== undefined && cap !== undefined && minimum > cap) {
      complain(
        [...path, 'minimum'],
        'the minimum is above the cap; write a smaller `minimum`, or a larger `cap`',
      )
    }
    if (cap !== undefined && perUserSecond === undefined) {
      complain([...path, 'cap'], 'there is nothing to cap; write `perUserSecond` too, or leave `cap` out')
    }
  }
}

function checkNamed(
  named: string[] | undefined,
  known: string[],
  what: string,
  path: Path,
  complain: Complain,
): void {
  for (const [index, name] of (named ?? []).entries()) {
    if (!known.includes(name))
      complain([...path, index], `there is no ${what} "${name}"; write ${list(known, 'or')}`)
  }
}
