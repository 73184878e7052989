// `micropop manifests`: a venue's Kubernetes objects as YAML, for who deploys by GitOps and not by `pulumi up`.
import { join } from 'node:path'
import { Command } from 'commander'
import { writeNewFile } from './new-file.ts'

interface Options {
  image?: string
  out?: string
  force?: boolean
}

export function manifestsCommand(): Command {
  return new Command('manifests')
    .description('print the Kubernetes manifests of venues on k3s, without any secret')
    .argument('<event>', 'event file')
    .argument('[venue]', 'one venue; by default all that are on k3s')
    .option(
      '--image <reference>',
      'image that the PoP runs, as registry/name:tag or registry/name@sha256:digest',
    )
    .option('--out <folder>', 'write a file VENUE.yaml each there instead')
    .option('--force', 'replace files that are there')
    .action(async (file: string, venue: string | undefined, { image, out, force = false }: Options) => {
      const [{ loadEvent }, { checkedImage, UNSET_IMAGE }, { recordGraph }, { renderManifests }] =
        await Promise.all([
          import('../infra/event/load.ts'),
          import('../infra/image.ts'),
          import('../infra/resource-graph.ts'),
          import('../infra/venue-pop/manifests.ts'),
        ])
      const used = image === undefined ? UNSET_IMAGE : checkedImage(image, '--image')
      const event = loadEvent(file)
      const rendered = renderManifests(event, await recordGraph(event, used), venue)
      if (image === undefined) process.stderr.write(unset(file, used))
      if (out === undefined) {
        process.stdout.write(rendered.map(({ text }) => text).join('---\n'))
        return
      }
      for (const { venue: name, text } of rendered) {
        const path = join(out, `${name}.yaml`)
        await writeNewFile(path, text, force)
        process.stdout.write(`${path}\n`)
      }
    })
}

function unset(file: string, image: string): string {
  return `${file}: warning: the image is ${image}, which nobody can pull [MP_IMAGE_UNSET]
  Give --image, or have Kustomize set it where you deploy: images: [{ name: ${image.split(':')[0]}, newName: …, newTag: … }].
`
}
