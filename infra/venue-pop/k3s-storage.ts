// Where the queue of a PoP on Kubernetes lies: on a node's own disk, and kept when claim, namespace and stack are gone.
import { PersistentVolume } from '@pulumi/kubernetes/core/v1/persistentVolume.js'
import { StorageClass } from '@pulumi/kubernetes/storage/v1/storageClass.js'
import type { input } from '@pulumi/kubernetes/types/index.js'
import type { CustomResourceOptions, Resource } from '@pulumi/pulumi'
import { byteQuantity } from './quantity.ts'
import type { K3sPopArgs } from './venue-pop-args.ts'

/** The rest is for images, and so that a full queue is refused by its own bound and not by the disk. */
const QUEUE_SHARE_OF_CLAIM = 0.8

/** What comes with k3s, and makes a volume of a folder of the node that the pod is put on. */
const LOCAL_PATH_PROVISIONER = 'rancher.io/local-path'

export interface Storage {
  claimTemplate: input.core.v1.PersistentVolumeClaim
  /** What the pod's claim needs to be there. */
  needs: Resource[]
}

interface Place {
  pop: K3sPopArgs
  /** Of the component's children. */
  name: string
  /** Of the volume or the class, which lie in no namespace. */
  metadata: input.meta.v1.ObjectMeta & { name: string }
  namespace: string
  /** Name of the claim template, and of the pod that claims. */
  claim: string
  pod: string
  /** Those that never change: Kubernetes lets nobody change a claim template, and sponsors do change. */
  selector: Record<string, string>
}

/** Declares the volume, or what makes it. */
export function declareStorage(place: Place, opts: CustomResourceOptions): Storage {
  const { pop, name, metadata, selector, claim } = place
  const storage = byteQuantity(Math.ceil(pop.queueBytes / QUEUE_SHARE_OF_CLAIM))
  const claimTemplate = (storageClassName: string): input.core.v1.PersistentVolumeClaim => ({
    metadata: { name: claim, labels: selector },
    spec: { accessModes: ['ReadWriteOnce'], storageClassName, resources: { requests: { storage } } },
  })

  if (pop.storageClass !== null) return { claimTemplate: claimTemplate(pop.storageClass), needs: [] }
  if (pop.node !== null) {
    const volume = new PersistentVolume(name, { metadata, spec: localVolume(place, pop.node, storage) }, opts)
    // The class that nobody makes volumes for: this claim takes the volume that names it.
    return { claimTemplate: claimTemplate(''), needs: [volume] }
  }
  const own = new StorageClass(
    name,
    {
      metadata,
      provisioner: LOCAL_PATH_PROVISIONER,
      reclaimPolicy: 'Retain',
      volumeBindingMode: 'WaitForFirstConsumer',
    },
    opts,
  )
  return { claimTemplate: claimTemplate(metadata.name), needs: [own] }
}

/**
 * A folder of one node, for one claim. By name and not by output: the namespace, with the claim in it, goes while the
 * volume waits for the claim to be gone.
 */
function localVolume(
  { namespace, claim, pod }: Place,
  node: { name: string; folder: string },
  storage: string,
): input.core.v1.PersistentVolumeSpec {
  return {
    capacity: { storage },
    accessModes: ['ReadWriteOnce'],
    persistentVolumeReclaimPolicy: 'Retain',
    claimRef: { kind: 'PersistentVolumeClaim', apiVersion: 'v1', namespace, name: `${claim}-${pod}` },
    local: { path: node.folder },
    nodeAffinity: {
      required: {
        nodeSelectorTerms: [
          { matchExpressions: [{ key: 'kubernetes.io/hostname', operator: 'In', values: [node.name] }] },
        ],
      },
    },
  }
}
