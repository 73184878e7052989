// What an EC2 PoP is told at boot: parsed as cloud-init and the shell would.
import { execFileSync } from 'node:child_process'
import { expect, test } from 'vitest'
import { parse } from 'yaml'
import { PATHS } from '../../runtime/ports.ts'
import { bootUserData } from './boot.ts'

const SECRET_ARN = 'arn:aws:secretsmanager:eu-west-1:123456789012:secret:uplink-a1b2c3'
const userData = bootUserData({
  popJson: '{\n  "version": 1\n}\n',
  image: 'registry.test/micropop:1',
  region: 'eu-west-1',
  uplinkSecretArn: SECRET_ARN,
  bucketName: 'assets',
})
const config = parse(userData)

function file(path: string): string {
  const found = config.write_files.find((each: { path: string }) => each.path === path)
  if (found === undefined) throw new Error(`no ${path}`)
  return found.content
}

test('it is cloud-config, within the 16 KB that EC2 takes', () => {
  expect(userData).toMatch(/^#cloud-config\n/)
  expect(Buffer.byteLength(userData)).toBeLessThan(16_384)
})

test('pop.json is written byte for byte where the PoP reads it', () => {
  expect(file(PATHS.popConfig)).toBe('{\n  "version": 1\n}\n')
})

test('the token is read at start by name, into a file that only root reads', () => {
  const script = file('/usr/local/libexec/micropop-prepare')
  expect(script).toContain(`--secret-id ${SECRET_ARN}`)
  expect(script.indexOf('umask 077')).toBeLessThan(script.indexOf('> /run/micropop/environment'))
  execFileSync('sh', ['-n'], { input: script })
})

test('the service runs the image without privileges, and comes back whatever happens', () => {
  const unit = file('/etc/systemd/system/micropop-pop.service')
  expect(unit).toMatch(/--cap-drop ALL --security-opt no-new-privileges/)
  expect(unit).toMatch(/registry\.test\/micropop:1 pop$/m)
  expect(unit).toMatch(/^Restart=always$/m)
  expect(config.runcmd).toContainEqual(['systemctl', 'enable', '--now', 'micropop-pop.service'])
})
