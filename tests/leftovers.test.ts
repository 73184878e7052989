// `micropop leftovers` with an `aws` command that answers as recorded: what costs is told with its price, what is free is not
// held against the event, and an answer that cannot be used is refused.
import { spawnSync } from 'node:child_process'
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { ROOT } from './source-tree.ts'

const TIMEOUT_MS = 60_000
const EVENT = join(ROOT, 'scenarios', 'events', 'hybrid-conference-2000.yaml')
const folder = mkdtempSync(join(tmpdir(), 'micropop-leftovers-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))
const NAME = /^name: *(\S+)/m.exec(readFileSync(EVENT, 'utf8'))?.[1] ?? ''
let stubs = 0

/** An `aws` that keeps its arguments and prints `answer`, of the event's region alone, or fails. */
function run(answer: string, { format = 'json', code = 0, said = '' } = {}) {
  const bin = join(folder, `bin-${stubs++}`)
  mkdirSync(bin)
  writeFileSync(join(bin, 'answer'), answer)
  writeFileSync(join(bin, 'said'), said)
  const nothing = '{"ResourceTagMappingList": []}'
  writeFileSync(
    join(bin, 'aws'),
    `#!/bin/sh
echo "$@" >> ${bin}/asked
cat ${bin}/said >&2
case "$*" in *us-east-1*) echo '${nothing}';; *) cat ${bin}/answer;; esac
exit ${code}
`,
  )
  chmodSync(join(bin, 'aws'), 0o755)
  const command = [join(ROOT, 'cli', 'micropop.mjs'), 'leftovers', '--format', format, EVENT]
  const ended = spawnSync(process.execPath, command, {
    env: { ...process.env, PATH: `${bin}:${process.env.PATH}` },
  })
  return {
    code: ended.status,
    stdout: ended.stdout.toString(),
    stderr: ended.stderr.toString(),
    asked: readFileSync(join(bin, 'asked'), 'utf8'),
  }
}

const listed = (...arns: string[]) =>
  JSON.stringify({
    PaginationToken: '',
    ResourceTagMappingList: arns.map((ResourceARN) => ({
      ResourceARN,
      Tags: [
        { Key: 'micropop:event', Value: NAME },
        { Key: 'micropop:venue', Value: 'central' },
      ],
    })),
  })

const at = 'eu-west-1:123456789012'

test('what costs is told with its price and ends with 1', { timeout: TIMEOUT_MS }, () => {
  const { code, stdout, asked } = run(
    listed(
      `arn:aws:ec2:${at}:vpc/vpc-0a1`,
      `arn:aws:s3:::${NAME}-originals`,
      `arn:aws:secretsmanager:${at}:secret:uplink-AbCdEf`,
      `arn:aws:elasticloadbalancing:${at}:loadbalancer/app/ingest/50dc6c495c0c9188`,
      `arn:aws:quantum:${at}:qubit/q-1`,
    ),
  )
  expect(code).toBe(1)
  expect(asked).toContain(`get-resources --tag-filters Key=micropop:event,Values=${NAME}`)
  expect(asked.split('\n').filter(Boolean)).toHaveLength(2)
  const { left, monthly } = JSON.parse(stdout)
  expect(left.map(({ what, cost }: { what: string; cost: { is: string } }) => `${cost.is} ${what}`)).toEqual([
    'priced elasticloadbalancing loadbalancer/app ingest/50dc6c495c0c9188',
    'priced secretsmanager secret uplink-AbCdEf',
    'unknown quantum qubit q-1',
    `unknown s3 bucket ${NAME}-originals`,
    'free ec2 vpc vpc-0a1',
  ])
  expect(left[1].cost.monthly).toBe('0.40 USD')
  // 730 hours at $0.0252, and a secret at $0.40.
  expect(monthly).toBe('18.796 USD')
})

test('nothing, and only what is free, end with 0; the text says what it does not know', {
  timeout: TIMEOUT_MS,
}, () => {
  const nothing = run('{"ResourceTagMappingList": []}', { format: 'text' })
  expect(nothing.code).toBe(0)
  expect(nothing.stdout).toMatch(/^Nothing is left: AWS lists under micropop:event=/)
  const free = run(listed(`arn:aws:ec2:${at}:subnet/subnet-1`), { format: 'text' })
  expect(free.code).toBe(0)
  expect(free.stdout).toContain('only what is free')
  const bucket = run(listed('arn:aws:s3:::left'), { format: 'text' })
  expect(bucket.code).toBe(1)
  expect(bucket.stdout).toContain('1 things cost or may cost')
  expect(bucket.stdout).toContain('what carries no tag is not')
})

test.for([
  '',
  'not JSON',
  '{}',
  '{"ResourceTagMappingList":[{"ResourceARN":"vpc-1"}]}',
  '{"ResourceTagMappingList":[null]}',
])('an answer that cannot be used is refused: %s', { timeout: TIMEOUT_MS }, (answer) => {
  const { code, stderr } = run(answer)
  expect(code).toBe(2)
  expect(stderr).toContain('MP_AWS_ANSWER')
})

test('an aws that fails, or is not there, says what to do', { timeout: TIMEOUT_MS }, () => {
  const failed = run('', { code: 254, said: 'An error occurred (AccessDenied)' })
  expect(failed.code).toBe(3)
  expect(failed.stderr).toContain('AccessDenied')
  expect(failed.stderr).toContain('tag:GetResources')
  const command = [join(ROOT, 'cli', 'micropop.mjs'), 'leftovers', EVENT]
  const without = spawnSync(process.execPath, command, { env: { PATH: folder } })
  expect(without.status).toBe(3)
  expect(without.stderr.toString()).toContain('MP_NO_AWS')
})
