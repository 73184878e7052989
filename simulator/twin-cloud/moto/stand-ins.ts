// What was there before a deployment, made in moto when the program looks it up: a zone, a network, a key of the account.
import { CreateSubnetCommand, CreateVpcCommand, EC2Client } from '@aws-sdk/client-ec2'
import { CreateKeyCommand, KMSClient } from '@aws-sdk/client-kms'
import { CreateHostedZoneCommand, Route53Client } from '@aws-sdk/client-route-53'
import { GIVEN_CIDR } from '../aws-data-sources.ts'
import type { Properties } from '../cloud-store.ts'
import type { AwsClients } from './aws-clients.ts'

const VPC = 'aws:ec2/getVpc:getVpc'

/** Of the subnets that are looked up: each takes the next /20 of its network. */
const SUBNET_STEP = 16
const SUBNETS_MAX = 16

/** moto has a region's own zones only: a Local Zone is shown to it as the first of them. */
const LOCAL_ZONE = /^([a-z]{2}(?:-[a-z]+)+-\d)-[a-z]{3}-\d[a-z]$/

export class StandIns {
  readonly #aws: AwsClients
  /** By token and identifier or name, so that each is made once. */
  readonly #answers = new Map<string, Promise<Properties>>()
  /** moto's identifiers by those that the user named. */
  readonly #ids = new Map<string, string>()
  #subnets = 0

  constructor(aws: AwsClients) {
    this.#aws = aws
  }

  answer(token: string, answer: Properties): Promise<Properties> {
    const key = `${token} ${answer.name ?? answer.id}`
    const found = this.#answers.get(key) ?? this.#make(token, answer)
    this.#answers.set(key, found)
    return found
  }

  /** With moto's identifiers and zones in the place of those that the user named, at any depth. */
  translated(value: unknown): unknown {
    if (typeof value === 'string') return this.#ids.get(value) ?? value.replace(LOCAL_ZONE, '$1a')
    if (Array.isArray(value)) return value.map((each) => this.translated(each))
    if (typeof value !== 'object' || value === null) return value
    return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, this.translated(each)]))
  }

  async #make(token: string, answer: Properties): Promise<Properties> {
    switch (token) {
      case 'aws:route53/getZone:getZone': {
        const Name = String(answer.name)
        const command = new CreateHostedZoneCommand({ Name, CallerReference: Name })
        const { HostedZone } = await this.#aws.of(Route53Client).send(command)
        const id = HostedZone?.Id?.replace('/hostedzone/', '')
        return { ...answer, id, zoneId: id }
      }
      case 'aws:kms/getKey:getKey': {
        const arn = String(answer.arn)
        const MultiRegion = arn.includes('key/mrk-')
        const region = arn.split(':')[3]
        const command = new CreateKeyCommand({ MultiRegion })
        const { KeyMetadata } = await this.#aws.of(KMSClient, region).send(command)
        this.#ids.set(arn, KeyMetadata?.Arn ?? '')
        return answer
      }
      case VPC: {
        const command = new CreateVpcCommand({ CidrBlock: String(answer.cidrBlock) })
        const { Vpc } = await this.#aws.of(EC2Client).send(command)
        this.#ids.set(String(answer.id), Vpc?.VpcId ?? '')
        return answer
      }
      case 'aws:ec2/getSubnet:getSubnet': {
        await this.answer(VPC, { id: answer.vpcId, cidrBlock: GIVEN_CIDR })
        const nth = this.#subnets++
        if (nth >= SUBNETS_MAX) throw new Error(`the twin's cloud has no room for ${nth + 1} subnets`)
        const { Subnet } = await this.#aws.of(EC2Client).send(
          new CreateSubnetCommand({
            VpcId: String(this.translated(answer.vpcId)),
            CidrBlock: `10.80.${nth * SUBNET_STEP}.0/20`,
            AvailabilityZone: String(answer.availabilityZone),
          }),
        )
        this.#ids.set(String(answer.id), Subnet?.SubnetId ?? '')
        return answer
      }
      default:
        return answer
    }
  }
}
