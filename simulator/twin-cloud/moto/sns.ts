// Topics, who may tell them and who hears of it, as calls to SNS.
import {
  CreateTopicCommand,
  DeleteTopicCommand,
  GetSubscriptionAttributesCommand,
  GetTopicAttributesCommand,
  SetTopicAttributesCommand,
  SNSClient,
  SubscribeCommand,
  UnsubscribeCommand,
} from '@aws-sdk/client-sns'
import type { TopicArgs } from '@pulumi/aws/sns/topic.js'
import type { TopicPolicyArgs } from '@pulumi/aws/sns/topicPolicy.js'
import type { TopicSubscriptionArgs } from '@pulumi/aws/sns/topicSubscription.js'
import { type JudgedTypes, judged, put, tagList } from './judged-type.ts'

const topic = judged<TopicArgs>({
  async create({ inputs, name, aws }) {
    const Name = inputs.name ?? name
    const { TopicArn } = await aws.of(SNSClient).send(
      new CreateTopicCommand({
        Name,
        Attributes: inputs.displayName === undefined ? {} : { DisplayName: inputs.displayName },
        Tags: tagList(inputs.tags),
      }),
    )
    return { id: TopicArn, outputs: { arn: TopicArn, name: Name } }
  },
  async update({ id, inputs, aws }) {
    await aws.of(SNSClient).send(
      new SetTopicAttributesCommand({
        TopicArn: id,
        AttributeName: 'DisplayName',
        AttributeValue: inputs.displayName ?? '',
      }),
    )
    return {}
  },
  async delete({ id, aws }) {
    await aws.of(SNSClient).send(new DeleteTopicCommand({ TopicArn: id }))
  },
  async exists({ id, aws }) {
    await aws.of(SNSClient).send(new GetTopicAttributesCommand({ TopicArn: id }))
    return true
  },
})

const topicPolicy = put<TopicPolicyArgs>({
  async put({ inputs: { arn: TopicArn, policy }, aws }) {
    const AttributeValue = typeof policy === 'string' ? policy : JSON.stringify(policy)
    const command = { TopicArn, AttributeName: 'Policy', AttributeValue }
    await aws.of(SNSClient).send(new SetTopicAttributesCommand(command))
    return {}
  },
  // A topic always has one: AWS's own comes back, and this one goes with its topic.
  async delete() {},
  async exists({ inputs, aws }) {
    const command = new GetTopicAttributesCommand({ TopicArn: inputs.arn })
    return (await aws.of(SNSClient).send(command)).Attributes?.Policy !== undefined
  },
})

const topicSubscription = judged<TopicSubscriptionArgs>({
  async create({ inputs, aws }) {
    const { SubscriptionArn } = await aws.of(SNSClient).send(
      new SubscribeCommand({
        TopicArn: String(inputs.topic),
        Protocol: inputs.protocol,
        Endpoint: inputs.endpoint,
        ReturnSubscriptionArn: true,
      }),
    )
    return { id: SubscriptionArn, outputs: { arn: SubscriptionArn } }
  },
  async delete({ id, aws }) {
    await aws.of(SNSClient).send(new UnsubscribeCommand({ SubscriptionArn: id }))
  },
  async exists({ id, aws }) {
    await aws.of(SNSClient).send(new GetSubscriptionAttributesCommand({ SubscriptionArn: id }))
    return true
  },
})

export const SNS: JudgedTypes = {
  'aws:sns/topic:Topic': topic,
  'aws:sns/topicPolicy:TopicPolicy': topicPolicy,
  'aws:sns/topicSubscription:TopicSubscription': topicSubscription,
}
