// The trust policy of a role that one AWS service takes on.

/** JSON of an assume-role policy, e.g. for `ec2.amazonaws.com`. */
export function assumedBy(service: string): string {
  return JSON.stringify({
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Action: 'sts:AssumeRole', Principal: { Service: service } }],
  })
}
