// Tags as EC2 takes them: with the call that makes a thing, by the kind of thing.
import type { ResourceType } from '@aws-sdk/client-ec2'
import { tagList } from './judged-type.ts'

export function tagged(ResourceType: ResourceType, tags: Record<string, string> | undefined) {
  return tags === undefined ? {} : { TagSpecifications: [{ ResourceType, Tags: tagList(tags) }] }
}
