// The public DNS zone that the event's names live in: it outlives events, so it is looked up and never made.
import { getZone } from '@pulumi/aws/route53/getZone.js'
import { type InvokeOptions, type Output, output } from '@pulumi/pulumi'
import { InvalidInput } from '../runtime/errors.ts'
import type { EventSpec } from './event/event.ts'
import { orMissing } from './refusal.ts'

/** Its id. A preview already refuses a zone that is not there: `MP_ZONE_MISSING`, with the line of the event file. */
export function publicZoneId({ file, central }: EventSpec, opts: InvokeOptions): Output<string> {
  const { zone, zoneLine } = central
  const answer = orMissing(getZone({ name: zone, privateZone: false }, opts), () => {
    const place = { file, ...(zoneLine !== null && { line: zoneLine }) }
    return new InvalidInput(
      'MP_ZONE_MISSING',
      `this account has no public DNS zone ${zone}`,
      `Write a zone of yours as \`zone\` under \`central\`, or make this one and have the registrar point to it: aws route53 create-hosted-zone --name ${zone} --caller-reference 1`,
      place,
    )
  })
  return output(answer).zoneId
}
