// What the price list is asked about S3: three services of its own, and moves that only their operation tells apart.
// Usage types: S3 User Guide, "Understanding your AWS billing and usage reports for Amazon S3".
import { type Product, usageTypeOf } from './products.ts'
import { byUsage, GB, GB_MONTH, type Match, type Question, REQUEST, type UsageRows } from './question.ts'

/** A lifecycle rule's move to a class, by the operation of `Requests-Tier3` and `Requests-Tier4`. */
const MOVES: Record<string, string> = {
  'S3-SIATransition': 'standard-ia',
  'S3-ZIATransition': 'one-zone-ia',
  'S3-GIRTransition': 'glacier-ir',
  'S3-GlacierTransition': 'glacier',
  'S3-GDATransition': 'deep-archive',
}

export function storageQuestions(here: Record<string, string>): Question[] {
  const ask = (title: string, serviceCode: string, rows: UsageRows): Question => ({
    title,
    serviceCode,
    filters: here,
    ...byUsage(rows),
  })
  const s3 = ask('S3', 'AmazonS3', {
    ...atOnce('standard', '', 'Requests'),
    ...atOnce('standard-ia', 'SIA-', 'Requests-SIA'),
    ...atOnce('one-zone-ia', 'ZIA-', 'Requests-ZIA'),
    ...atOnce('glacier-ir', 'GIR-', 'Requests-GIR'),
    'Retrieval-SIA': ['s3.standard-ia.retrieval', 'GB', GB],
    'Retrieval-ZIA': ['s3.one-zone-ia.retrieval', 'GB', GB],
    'Retrieval-GIR': ['s3.glacier-ir.retrieval', 'GB', GB],
    'Requests-GLACIER-Tier2': ['s3.glacier.get', 'request', REQUEST],
    'Requests-GDA-Tier2': ['s3.deep-archive.get', 'request', REQUEST],
  })
  return [
    {
      ...s3,
      match: (product) => s3.match(product) ?? moveOf(product) ?? written(product, 'glacier', 'GLACIER'),
      covers: new RegExp(
        `${s3.covers.source}|^s3\\.(${Object.values(MOVES).join('|')})\\.transition$|^s3\\.glacier\\.put$`,
      ),
    },
    ask('flexible retrieval', 'AmazonGlacier', {
      'TimedStorage-ByteHrs': ['s3.glacier.storage', 'GB-month', GB_MONTH],
      'Requests-Tier1': ['s3.glacier.retrieval-request', 'request', REQUEST],
      'Standard-Retrieval-Bytes': ['s3.glacier.retrieval', 'GB', GB],
    }),
    deepArchive(here),
  ]
}

function deepArchive(here: Record<string, string>): Question {
  const usage = byUsage({
    'TimedStorage-GDA-ByteHrs': ['s3.deep-archive.storage', 'GB-month', GB_MONTH],
    'Requests-GDA-Tier3': ['s3.deep-archive.retrieval-request', 'request', REQUEST],
    'Standard-Retrieval-Bytes': ['s3.deep-archive.retrieval', 'GB', GB],
  })
  return {
    title: 'deep archive',
    serviceCode: 'AmazonS3GlacierDeepArchive',
    filters: here,
    match: (product) => usage.match(product) ?? written(product, 'deep-archive', 'GDA'),
    covers: new RegExp(`${usage.covers.source}|^s3\\.deep-archive\\.put$`),
  }
}

/** Storage and requests of a class that is read at once. */
function atOnce(of: string, storage: string, requests: string): UsageRows {
  return {
    [`TimedStorage-${storage}ByteHrs`]: [`s3.${of}.storage`, 'GB-month', GB_MONTH],
    [`${requests}-Tier1`]: [`s3.${of}.put`, 'request', REQUEST],
    [`${requests}-Tier2`]: [`s3.${of}.get`, 'request', REQUEST],
  }
}

function moveOf(product: Product): Match | null {
  const to = MOVES[product.product.attributes.operation ?? '']
  if (to === undefined || !/^Requests-Tier[34]$/.test(usageTypeOf(product))) return null
  return { rate: `s3.${to}.transition`, unit: 'request', awsUnits: REQUEST }
}

/** An object that is written to an archive at once: of its operations all but this one are moves and parts. */
function written(product: Product, of: string, requests: string): Match | null {
  if (usageTypeOf(product) !== `Requests-${requests}-Tier1`) return null
  if (product.product.attributes.operation !== 'PostObject') return null
  return { rate: `s3.${of}.put`, unit: 'request', awsUnits: REQUEST }
}
