// Route 53: queries of a record, months of a hosted zone.
import { type Charge, type Meter, statedUse, usageCharges } from '../charge.ts'
import { decimal } from '../money.ts'
import { months } from '../window.ts'
import { dependenciesOf, type Inputs, objectsOf } from './inputs.ts'

/** Routing policies that are priced differently from plain records, by the input that selects them. */
const ROUTING: [input: string, rate: string][] = [
  ['latencyRoutingPolicies', 'latency'],
  ['geolocationRoutingPolicies', 'geo'],
]

/**
 * A record costs nothing to have. Queries of an alias to another AWS resource are free (Route 53 price page), and the
 * proof of a certificate is asked for by its issuer alone, a few times.
 */
export const route53Record: Meter = {
  reads: { 'dns-queries': 'query' },
  freeWhy: 'nobody pays for queries of an alias, and only the issuer asks for the proof of a certificate',
  charges(node, context): Charge[] {
    const { inputs } = node
    const alias = objectsOf(inputs, 'aliases').length > 0
    if (alias || dependenciesOf(node, 'aws:acm/certificate:Certificate', context.graph).length > 0) return []
    const routing = ROUTING.find(([input]) => inputs[input] !== undefined)?.[1] ?? 'standard'
    return usageCharges(context, 'dns-queries', {
      description: `DNS queries, ${routing}`,
      rateId: `route53.queries.${routing}`,
      unit: 'query',
    })
  },
}

/** Choices of a health check that cost something more, each the same. */
function extras({ measureLatency, requestInterval, type }: Inputs): number {
  const kind = String(type)
  return [
    kind.startsWith('HTTPS'),
    kind.includes('STR_MATCH'),
    Number(requestInterval) === 10,
    measureLatency === true,
  ].filter(Boolean).length
}

/**
 * Checks of what runs at AWS, whole months as of zones: the price page does not say that they are prorated. The account's
 * first fifty are free, which is not taken off: an event shares them with everything else in the account.
 */
export const route53HealthCheck: Meter = {
  reads: {},
  charges({ inputs }, context) {
    const of = months(context.window).length
    const more = extras(inputs)
    return [
      statedUse(context, {
        description: 'health check, whole months',
        rateId: 'route53.health-check',
        unit: 'check-month',
        quantity: decimal(String(of)),
      }),
      ...(more === 0
        ? []
        : [
            statedUse(context, {
              description: 'options of the health check, whole months',
              rateId: 'route53.health-check.option',
              unit: 'option-month',
              quantity: decimal(String(of * more)),
            }),
          ]),
    ]
  },
}

/** A zone is billed in full for every calendar month it exists in: months are not prorated (Route 53 guide). */
export const route53Zone: Meter = {
  reads: {},
  charges: (_node, context) => [
    statedUse(context, {
      description: 'hosted zone, whole months',
      rateId: 'route53.zone',
      unit: 'zone-month',
      quantity: decimal(String(months(context.window).length)),
    }),
  ],
}
