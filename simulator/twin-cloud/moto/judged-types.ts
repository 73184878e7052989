// The types that moto judges, by service; the twin's cloud judges all others alone.
import { ACM } from './acm.ts'
import { AUTO_SCALING } from './auto-scaling.ts'
import { BUDGETS } from './budgets.ts'
import { CLOUD_FRONT } from './cloud-front.ts'
import { CLOUD_WATCH } from './cloud-watch.ts'
import { EC2_MACHINES } from './ec2-machines.ts'
import { EC2_NETWORK } from './ec2-network.ts'
import { ECS } from './ecs.ts'
import { IAM } from './iam.ts'
import type { JudgedTypes } from './judged-type.ts'
import { KMS } from './kms.ts'
import { LOAD_BALANCING } from './load-balancing.ts'
import { RDS } from './rds.ts'
import { ROUTE_53 } from './route-53.ts'
import { S3 } from './s3.ts'
import { SECRETS_MANAGER } from './secrets-manager.ts'
import { SNS } from './sns.ts'

export const JUDGED_TYPES: JudgedTypes = {
  ...ACM,
  ...AUTO_SCALING,
  ...BUDGETS,
  ...CLOUD_FRONT,
  ...CLOUD_WATCH,
  ...EC2_MACHINES,
  ...EC2_NETWORK,
  ...ECS,
  ...IAM,
  ...KMS,
  ...LOAD_BALANCING,
  ...RDS,
  ...ROUTE_53,
  ...S3,
  ...SECRETS_MANAGER,
  ...SNS,
}
