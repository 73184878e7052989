// What Image Builder does to Amazon Linux, as its own documents say it: what a PoP's first boot would do else.
import { BOOT_PACKAGES } from '../venue-pop/boot.ts'

/** A component document: JSON, which is YAML. Schema: AWSTOE, `schemaVersion: 1.0` (from knowledge of it on 2026-11-29). */
export function buildDocument(image: string): string {
  const step = (name: string, commands: string[]) => ({ name, action: 'ExecuteBash', inputs: { commands } })
  return JSON.stringify(
    {
      name: 'micropop',
      description: 'What a micropop PoP needs: its packages and its container image',
      schemaVersion: 1.0,
      phases: [
        {
          name: 'build',
          steps: [
            step('Packages', [`dnf install -y ${BOOT_PACKAGES.join(' ')}`, 'systemctl enable --now docker']),
            step('ContainerImage', [`docker pull ${image}`]),
          ],
        },
        {
          name: 'validate',
          steps: [step('ContainerImageIsThere', [`docker image inspect ${image} > /dev/null`])],
        },
      ],
    },
    null,
    2,
  )
}
