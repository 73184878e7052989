// Discounts agreed with AWS, and tax: exact shares of exact amounts.
import type { Finance } from '../../infra/event/event.ts'
import { divideRounded, quantityOf } from './money.ts'

/** Of a line whose rate the event file states. */
export const VENUE_SERVICE = 'venue'

/** AWS service of a rate, e.g. `ec2` of `ec2.t3.large.on-demand`. */
export function serviceOf(rateId: string | null): string {
  return rateId === null ? VENUE_SERVICE : (rateId.split('.')[0] as string)
}

/** Taken off the list price: by the service's own discount, else by that of `all`. Rents at venues have none. */
export function discountOn(list: bigint, service: string, { discounts }: Pick<Finance, 'discounts'>): bigint {
  return service === VENUE_SERVICE ? 0n : shareOf(list, discountShare(service, { discounts }))
}

/** From 0 to 1: the service's own, else that of `all`, else none. */
export function discountShare(service: string, { discounts }: Pick<Finance, 'discounts'>): number {
  const found =
    discounts.find((discount) => discount.service === service) ??
    discounts.find((discount) => discount.service === 'all')
  return found?.share ?? 0
}

/** To the nearest pico-dollar, halves away from zero. */
export function shareOf(amount: bigint, share: number): bigint {
  const { digits, scale } = quantityOf(share)
  return divideRounded(amount * digits, 10n ** BigInt(scale))
}
