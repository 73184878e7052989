// Central's container as an ECS task runs it.
import { interpolate, type Output } from '@pulumi/pulumi'
import { PORTS } from '../../runtime/ports.ts'
import { CONTAINER_USER, STOP_GRACE_S, UPLINK_TOKEN_VARIABLE } from '../container.ts'
import { FOREIGN_PORTS } from '../foreign-ports.ts'
import { DATABASE_NAME } from './database.ts'

export interface CentralContainer {
  name: string
  image: string
  region: string
  logGroup: Output<string>
  databaseHost: Output<string>
  /** JSON secret with `username` and `password`. */
  databaseSecretArn: Output<string>
  uplinkSecretArn: Output<string>
  /** Of the hub's URL; null: there is none. */
  natsUrlSecretArn: Output<string> | null
}

/** One entry of a task definition's `containerDefinitions`; secrets are named by ARN, never by value. */
export function centralContainer(of: CentralContainer) {
  const url = interpolate`postgres://${of.databaseHost}:${FOREIGN_PORTS.postgres}/${DATABASE_NAME}?sslmode=require`
  const key = (name: string) => interpolate`${of.databaseSecretArn}:${name}::`
  return {
    name: of.name,
    image: of.image,
    // Both ports on the task's own address; its security group decides who comes in.
    command: ['central', '--host', '0.0.0.0', '--admin-host', '0.0.0.0'],
    essential: true,
    user: String(CONTAINER_USER),
    readonlyRootFilesystem: true,
    stopTimeout: STOP_GRACE_S,
    portMappings: [PORTS.central, PORTS.centralAdmin].map((containerPort) => ({ containerPort })),
    environment: [{ name: 'DATABASE_URL', value: url }],
    secrets: [
      { name: UPLINK_TOKEN_VARIABLE, valueFrom: of.uplinkSecretArn },
      { name: 'PGUSERNAME', valueFrom: key('username') },
      { name: 'PGPASSWORD', valueFrom: key('password') },
      ...(of.natsUrlSecretArn === null ? [] : [{ name: 'NATS_URL', valueFrom: of.natsUrlSecretArn }]),
    ],
    logConfiguration: {
      logDriver: 'awslogs',
      options: {
        'awslogs-group': of.logGroup,
        'awslogs-region': of.region,
        'awslogs-stream-prefix': of.name,
      },
    },
  }
}
