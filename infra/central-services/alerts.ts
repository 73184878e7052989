// Who is told when something is wrong: a topic that alarms and the budget write to, and an e-mail address that reads it.
import { Topic } from '@pulumi/aws/sns/topic.js'
import { TopicPolicy } from '@pulumi/aws/sns/topicPolicy.js'
import { TopicSubscription } from '@pulumi/aws/sns/topicSubscription.js'
import { jsonStringify, type Output, type Resource } from '@pulumi/pulumi'
import { type CostTags, withRole } from '../tags.ts'

/** AWS services that write to the topic. */
const WRITERS = ['cloudwatch.amazonaws.com', 'budgets.amazonaws.com']

/** Returns the topic's ARN, known once its writers may write. AWS asks the address to confirm before it sends anything. */
export function declareAlertTopic(mail: string, tags: CostTags, parent: Resource): Output<string> {
  const topic = new Topic(
    'central-alerts',
    { displayName: 'micropop alerts', tags: withRole(tags, 'alerts') },
    { parent },
  )
  new TopicSubscription('central-alerts', { topic: topic.arn, protocol: 'email', endpoint: mail }, { parent })
  const policy = new TopicPolicy(
    'central-alerts',
    {
      arn: topic.arn,
      policy: jsonStringify({
        Version: '2012-10-17',
        Statement: [
          {
            Effect: 'Allow',
            Action: 'sns:Publish',
            Principal: { Service: WRITERS },
            Resource: topic.arn,
            Condition: { StringEquals: { 'aws:SourceAccount': topic.arn.apply(accountOf) } },
          },
        ],
      }),
    },
    { parent },
  )
  return policy.arn
}

/** `arn:aws:sns:REGION:ACCOUNT:NAME`. */
function accountOf(arn: string): string {
  return arn.split(':')[4] ?? ''
}
