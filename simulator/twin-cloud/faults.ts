// API errors that a deployment rehearsal injects, named as `ec2.Instance:InsufficientInstanceCapacity`.
import { InvalidInput } from '../../runtime/errors.ts'
import { AwsError } from './aws-error.ts'

interface Code {
  /** Short names of the types that answer it; a name that ends with a dot stands for a service. Empty: any. */
  of: string[]
  message: string
  /** True where the provider asks again by itself. */
  retried?: boolean
}

const ON_DEMAND = ['ec2.Instance', 'autoscaling.Group', 'ec2.CapacityReservation']

/** Codes as the API references of the services list them; written from knowledge of them in November 2026, not looked up. */
const CODES: Record<string, Code> = {
  InsufficientInstanceCapacity: {
    of: ON_DEMAND,
    message:
      'We currently do not have sufficient capacity of this type in the Availability Zone you requested.',
  },
  VcpuLimitExceeded: {
    of: ON_DEMAND,
    message:
      'You have requested more vCPU capacity than your current vCPU limit allows for this instance bucket.',
  },
  SpotMaxPriceTooLow: {
    of: ['ec2.Instance', 'autoscaling.Group'],
    message: 'Your Spot request price is lower than the minimum required Spot request fulfillment price.',
  },
  AddressLimitExceeded: {
    of: ['ec2.Eip'],
    message: 'The maximum number of addresses has been reached.',
  },
  VpcLimitExceeded: { of: ['ec2.Vpc'], message: 'The maximum number of VPCs has been reached.' },
  VolumeLimitExceeded: {
    of: ['ebs.Volume'],
    message: 'You have reached the limit on the volumes of this region.',
  },
  InsufficientDBInstanceCapacity: {
    of: ['rds.Instance', 'rds.ClusterInstance'],
    message: 'The DB instance class is not available in the specified Availability Zone.',
  },
  InstanceQuotaExceeded: {
    of: ['rds.Instance', 'rds.ClusterInstance'],
    message: 'The request would result in the user exceeding the allowed number of DB instances.',
  },
  TooManyLoadBalancers: {
    of: ['lb.LoadBalancer'],
    message: 'You have reached the limit on the number of load balancers for your account.',
  },
  TooManyBuckets: {
    of: ['s3.Bucket'],
    message: 'You have attempted to create more buckets than allowed.',
  },
  LimitExceeded: { of: ['iam.'], message: 'The request exceeds the current account limits.' },
  AccessDenied: { of: [], message: 'User is not authorized to perform this action.' },
  UnauthorizedOperation: {
    of: ['ec2.', 'ebs.'],
    message: 'You are not authorized to perform this operation.',
  },
  Throttling: { of: [], message: 'Rate exceeded', retried: true },
  RequestLimitExceeded: { of: ['ec2.', 'ebs.'], message: 'Request limit exceeded.', retried: true },
  ServiceUnavailable: { of: [], message: 'The service is temporarily unavailable.', retried: true },
}

/** Creations in a row that answer a code which the provider asks again on. Others are answered once. */
const RETRIED_TIMES = 3

export interface Fault {
  /** Type token, e.g. `aws:ec2/instance:Instance`. */
  type: string
  code: string
}

/** `aws:ec2/instance:Instance` as `ec2.Instance`. */
export function shortType(type: string): string {
  const [, module = '', name = ''] = type.split(':')
  return `${module.split('/')[0]}.${name}`
}

/**
 * @param types type tokens that the deployment makes.
 * @throws {InvalidInput} `MP_FAULT_INVALID` for a type that it does not make, or a code that the type never answers.
 */
export function parseFault(text: string, types: Iterable<string>): Fault {
  const [name = '', code = ''] = text.split(':')
  const all = [...new Set(types)].filter((each) => each.startsWith('aws:'))
  const type = all.find((each) => shortType(each) === name)
  if (type === undefined) {
    throw invalid(text, `this event makes no ${name || 'type'}`, all.map(shortType).sort())
  }
  const known = CODES[code]
  const codes = Object.keys(CODES).filter((each) => answers(name, CODES[each] as Code))
  if (known === undefined || !answers(name, known)) {
    throw invalid(text, `${name} is not known to answer ${code || 'an empty code'}`, codes)
  }
  return { type, code }
}

/** Whether the provider outlasts the fault by itself, so that the deployment does not fail. */
export function isRetried({ code }: Fault): boolean {
  return CODES[code]?.retried === true
}

function answers(name: string, { of }: Code): boolean {
  return of.length === 0 || of.some((each) => (each.endsWith('.') ? name.startsWith(each) : name === each))
}

function invalid(text: string, what: string, choices: string[]): InvalidInput {
  return new InvalidInput(
    'MP_FAULT_INVALID',
    `--fault ${text}: ${what}`,
    `Write TYPE:CODE, such as ec2.Instance:InsufficientInstanceCapacity. Choose of: ${choices.join(', ')}.`,
  )
}

/** The faults of one deployment, each answered a few times and then gone. */
export class Faults {
  readonly #left = new Map<Fault, number>()

  inject(fault: Fault): void {
    this.#left.set(fault, isRetried(fault) ? RETRIED_TIMES : 1)
  }

  /** @throws {AwsError} where a creation of the type is to fail now. */
  strike(type: string): void {
    for (const [fault, left] of this.#left) {
      if (fault.type !== type || left === 0) continue
      this.#left.set(fault, left - 1)
      const { message = '', retried = false } = CODES[fault.code] ?? {}
      throw new AwsError(fault.code, message, { retried })
    }
  }

  /** How many answers are still to come. */
  get pending(): number {
    return [...this.#left.values()].reduce((sum, left) => sum + left, 0)
  }
}
