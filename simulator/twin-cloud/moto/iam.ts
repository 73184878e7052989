// Roles, what they may do, and the profiles that machines carry them by, as calls to IAM.
import {
  AddRoleToInstanceProfileCommand,
  AttachRolePolicyCommand,
  CreateInstanceProfileCommand,
  CreateRoleCommand,
  DeleteInstanceProfileCommand,
  DeleteRoleCommand,
  DeleteRolePolicyCommand,
  DetachRolePolicyCommand,
  GetInstanceProfileCommand,
  GetRoleCommand,
  GetRolePolicyCommand,
  IAMClient,
  ListAttachedRolePoliciesCommand,
  PutRolePolicyCommand,
  RemoveRoleFromInstanceProfileCommand,
  UpdateAssumeRolePolicyCommand,
} from '@aws-sdk/client-iam'
import type { InstanceProfileArgs } from '@pulumi/aws/iam/instanceProfile.js'
import type { RoleArgs } from '@pulumi/aws/iam/role.js'
import type { RolePolicyArgs } from '@pulumi/aws/iam/rolePolicy.js'
import type { RolePolicyAttachmentArgs } from '@pulumi/aws/iam/rolePolicyAttachment.js'
import { type JudgedTypes, judged, orUndo, put, tagList } from './judged-type.ts'

/** A document as IAM takes it; the provider also takes it as an object. */
const documentOf = (policy: unknown) => (typeof policy === 'string' ? policy : JSON.stringify(policy))

const role = judged<RoleArgs>({
  async create({ inputs, name, aws }) {
    const { Role } = await aws.of(IAMClient).send(
      new CreateRoleCommand({
        RoleName: inputs.name ?? name,
        AssumeRolePolicyDocument: documentOf(inputs.assumeRolePolicy),
        Description: inputs.description,
        Path: inputs.path,
        Tags: tagList(inputs.tags),
      }),
    )
    return { id: Role?.RoleName, outputs: { name: Role?.RoleName, arn: Role?.Arn } }
  },
  async update({ id, inputs, aws }) {
    const PolicyDocument = documentOf(inputs.assumeRolePolicy)
    await aws.of(IAMClient).send(new UpdateAssumeRolePolicyCommand({ RoleName: id, PolicyDocument }))
    return {}
  },
  async delete({ id, aws }) {
    await aws.of(IAMClient).send(new DeleteRoleCommand({ RoleName: id }))
  },
  async exists({ id, aws }) {
    return (await aws.of(IAMClient).send(new GetRoleCommand({ RoleName: id }))).Role !== undefined
  },
})

/** `ROLE:NAME`, as the provider names an inline policy. */
function inline(id: string) {
  const [RoleName, PolicyName] = id.split(':')
  return { RoleName, PolicyName }
}

const rolePolicy = put<RolePolicyArgs>({
  async put({ inputs, name, aws }) {
    const PolicyName = inputs.name ?? name
    const PolicyDocument = documentOf(inputs.policy)
    await aws
      .of(IAMClient)
      .send(new PutRolePolicyCommand({ RoleName: String(inputs.role), PolicyName, PolicyDocument }))
    return { id: `${inputs.role}:${PolicyName}` }
  },
  async delete({ id, aws }) {
    await aws.of(IAMClient).send(new DeleteRolePolicyCommand(inline(id)))
  },
  async exists({ id, aws }) {
    return (await aws.of(IAMClient).send(new GetRolePolicyCommand(inline(id)))).PolicyDocument !== undefined
  },
})

const rolePolicyAttachment = judged<RolePolicyAttachmentArgs>({
  async create({ inputs: { role, policyArn }, aws }) {
    const command = new AttachRolePolicyCommand({ RoleName: String(role), PolicyArn: policyArn })
    await aws.of(IAMClient).send(command)
    return {}
  },
  async delete({ inputs: { role, policyArn }, aws }) {
    const command = new DetachRolePolicyCommand({ RoleName: String(role), PolicyArn: policyArn })
    await aws.of(IAMClient).send(command)
  },
  async exists({ inputs: { role, policyArn }, aws }) {
    const command = new ListAttachedRolePoliciesCommand({ RoleName: String(role) })
    const { AttachedPolicies = [] } = await aws.of(IAMClient).send(command)
    return AttachedPolicies.some(({ PolicyArn }) => PolicyArn === policyArn)
  },
})

const instanceProfile = judged<InstanceProfileArgs>({
  async create({ inputs, name, aws }) {
    const iam = aws.of(IAMClient)
    const InstanceProfileName = inputs.name ?? name
    const { InstanceProfile } = await iam.send(
      new CreateInstanceProfileCommand({ InstanceProfileName, Tags: tagList(inputs.tags) }),
    )
    if (inputs.role !== undefined) {
      const RoleName = String(inputs.role)
      await orUndo(
        () => iam.send(new AddRoleToInstanceProfileCommand({ InstanceProfileName, RoleName })),
        () => iam.send(new DeleteInstanceProfileCommand({ InstanceProfileName })),
      )
    }
    return { id: InstanceProfileName, outputs: { name: InstanceProfileName, arn: InstanceProfile?.Arn } }
  },
  async delete({ id, inputs, aws }) {
    const iam = aws.of(IAMClient)
    if (inputs.role !== undefined) {
      const RoleName = String(inputs.role)
      await iam.send(new RemoveRoleFromInstanceProfileCommand({ InstanceProfileName: id, RoleName }))
    }
    await iam.send(new DeleteInstanceProfileCommand({ InstanceProfileName: id }))
  },
  async exists({ id, aws }) {
    const command = new GetInstanceProfileCommand({ InstanceProfileName: id })
    return (await aws.of(IAMClient).send(command)).InstanceProfile !== undefined
  },
})

export const IAM: JudgedTypes = {
  'aws:iam/instanceProfile:InstanceProfile': instanceProfile,
  'aws:iam/role:Role': role,
  'aws:iam/rolePolicy:RolePolicy': rolePolicy,
  'aws:iam/rolePolicyAttachment:RolePolicyAttachment': rolePolicyAttachment,
}
