// The event's budget, watched by AWS: told when most of it is spent, and when it is going to be passed.
import { Budget } from '@pulumi/aws/budgets/budget.js'
import type { Output, Resource } from '@pulumi/pulumi'
import { type CostTags, TAG, withRole } from '../tags.ts'

/** Percent of the budget, of what is spent already and of what AWS forecasts. */
const NOTICES = [
  { notificationType: 'ACTUAL', threshold: 80 },
  { notificationType: 'ACTUAL', threshold: 100 },
  { notificationType: 'FORECASTED', threshold: 100 },
]

/**
 * Over everything that carries the event's tag, which the account must have made a cost-allocation tag before. A budget
 * of AWS starts anew with each period, so the longest is taken; its figures are some hours old.
 */
export function declareBudget(
  event: string,
  limitUsd: string,
  topicArn: Output<string>,
  tags: CostTags,
  parent: Resource,
): void {
  new Budget(
    'central',
    {
      budgetType: 'COST',
      timeUnit: 'ANNUALLY',
      limitAmount: limitUsd,
      limitUnit: 'USD',
      costFilters: [{ name: 'TagKeyValue', values: [`user:${TAG.event}$${event}`] }],
      notifications: NOTICES.map((notice) => ({
        ...notice,
        comparisonOperator: 'GREATER_THAN',
        thresholdType: 'PERCENTAGE',
        subscriberSnsTopicArns: [topicArn],
      })),
      tags: withRole(tags, 'alerts'),
    },
    { parent },
  )
}
