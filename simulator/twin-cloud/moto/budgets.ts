// Budgets and who hears when they are nearly spent, as calls to Budgets.
import {
  BudgetsClient,
  CreateBudgetCommand,
  DeleteBudgetCommand,
  DescribeBudgetCommand,
} from '@aws-sdk/client-budgets'
import type { BudgetArgs } from '@pulumi/aws/budgets/budget.js'
import { type JudgedTypes, judged, tagList } from './judged-type.ts'

/** `ACCOUNT:NAME`, as the provider names a budget. */
function budgetOf(id: string) {
  const [AccountId, BudgetName] = id.split(':')
  return { AccountId, BudgetName }
}

const budget = judged<BudgetArgs>({
  async create({ inputs, name, account, aws }) {
    const BudgetName = inputs.name ?? name
    await aws.of(BudgetsClient).send(
      new CreateBudgetCommand({
        AccountId: account,
        Budget: {
          BudgetName,
          BudgetType: inputs.budgetType as 'COST',
          TimeUnit: inputs.timeUnit as 'ANNUALLY',
          BudgetLimit: { Amount: inputs.limitAmount, Unit: inputs.limitUnit },
          CostFilters: Object.fromEntries(
            (inputs.costFilters ?? []).map(({ name, values }) => [name, values]),
          ),
        },
        NotificationsWithSubscribers: inputs.notifications?.map((each) => ({
          Notification: {
            NotificationType: each.notificationType as 'ACTUAL',
            ComparisonOperator: each.comparisonOperator as 'GREATER_THAN',
            Threshold: each.threshold,
            ThresholdType: each.thresholdType as 'PERCENTAGE',
          },
          Subscribers: each.subscriberSnsTopicArns?.map((Address) => ({
            SubscriptionType: 'SNS' as const,
            Address,
          })),
        })),
        ResourceTags: tagList(inputs.tags),
      }),
    )
    return { id: `${account}:${BudgetName}`, outputs: { name: BudgetName } }
  },
  async delete({ id, aws }) {
    await aws.of(BudgetsClient).send(new DeleteBudgetCommand(budgetOf(id)))
  },
  async exists({ id, aws }) {
    await aws.of(BudgetsClient).send(new DescribeBudgetCommand(budgetOf(id)))
    return true
  },
})

export const BUDGETS: JudgedTypes = { 'aws:budgets/budget:Budget': budget }
