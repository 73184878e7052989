import { execFileSync } from 'node:child_process'
import { expect, test } from 'vitest'
import { route53Command } from './route53-command.ts'

/** What a shell hands to `aws`, which here says its arguments, or the zone's id where it is asked for that. */
function argumentsOf(command: string): string[] {
  const aws = `aws() { if [ "$2" = list-hosted-zones-by-name ]; then echo /hostedzone/Z1; else printf '%s\\n' "$@"; fi; }`
  return execFileSync('sh', ['-c', `${aws}\n${command}`], { encoding: 'utf8' })
    .trim()
    .split('\n')
}

test('a shell takes it as one call that sets the record, with the zone looked up by its name', () => {
  const change = { name: 'hall.show.example.org', zone: 'example.org', ttlS: 60, address: '192.0.2.7' }
  const given = argumentsOf(route53Command(change))
  expect(given.slice(0, 5)).toEqual([
    'route53',
    'change-resource-record-sets',
    '--hosted-zone-id',
    '/hostedzone/Z1',
    '--change-batch',
  ])
  const record = {
    Name: 'hall.show.example.org.',
    Type: 'A',
    TTL: 60,
    ResourceRecords: [{ Value: '192.0.2.7' }],
  }
  expect(JSON.parse(given[5] as string)).toEqual({
    Changes: [{ Action: 'UPSERT', ResourceRecordSet: record }],
  })
})
