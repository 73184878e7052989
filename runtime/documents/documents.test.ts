// Documents at the PoP: kept before they are shown, shown once a version, told to who joins, restored from any crash.
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { pino } from 'pino'
import { afterEach, expect, test } from 'vitest'
import type { PartEffect } from '../broker/part.ts'
import { PopCore } from '../broker/pop-core.ts'
import type { Document, DocumentKept } from '../protocol/uplink.ts'
import { DocumentFiles } from './document-files.ts'
import { DocumentIntake } from './document-intake.ts'
import { channelOf, type DocumentMessage, Documents } from './documents.ts'
import { versionsDigest, versionsOf } from './versions.ts'

const folders: string[] = []

function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'micropop-documents-'))
  folders.push(folder)
  return folder
}

afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true })
})

const stage = (version: number, body: unknown = { version }): Document => ({
  ...{ kind: 'config', name: 'stage', version },
  ...(body !== undefined && { body }),
})
const DELETED: Document = { kind: 'config', name: 'stage', version: 9 }

/** What a log would hold of these effects, applied as the core does. */
function logged(documents: Documents, effects: readonly PartEffect[], from = 1) {
  const published = effects.flatMap((effect) => (effect.do === 'publish' ? [effect] : []))
  for (const [i, { lane, ch, body }] of published.entries()) {
    const of = { lane, laneSeq: 0, ch, off: from + i, client: '@log', seq: from + i, at: 5, t: 5 }
    documents.apply({ ...of, ack: 'disk', body, bytes: 1 })
  }
  return published.map(({ ch, body }) => ({ ch, ...(body as DocumentMessage) }))
}

test('a version is published once, an older one never', () => {
  const documents = new Documents([])
  expect(logged(documents, documents.kept(stage(2)))).toEqual([
    { ch: 'doc.config.stage', version: 2, doc: { version: 2 } },
  ])
  expect(documents.kept(stage(2))).toEqual([])
  expect(documents.kept(stage(1))).toEqual([])
  expect(logged(documents, documents.kept(DELETED))).toEqual([{ ch: 'doc.config.stage', version: 9 }])
  expect(documents.versions).toEqual({
    config: { through: 9, digest: versionsDigest([{ name: 'stage', version: 9 }]) },
  })
})

test('who joins is told what is there, under its offset; nothing where it is deleted or not logged yet', () => {
  const documents = new Documents([])
  expect(documents.joined('ada', 'doc.config.stage')).toEqual([])
  const effects = documents.kept(stage(1))
  expect(documents.joined('ada', 'doc.config.stage')).toEqual([])
  logged(documents, effects, 7)
  expect(documents.joined('ada', 'doc.config.stage')).toEqual([
    {
      do: 'tell-client',
      client: 'ada',
      frame: {
        ...{ t: 'msg', ch: 'doc.config.stage', off: 7, client: '@log', at: 5 },
        body: { version: 1, doc: { version: 1 } },
      },
    },
  ])
  logged(documents, documents.kept(DELETED), 8)
  expect(documents.joined('ada', 'doc.config.stage')).toEqual([])
})

test('nobody but the PoP publishes to a document', () => {
  const documents = new Documents([])
  expect(documents.admit({ ch: 'doc.config.stage', client: 'ada' })).toMatchObject({
    code: 'MP_CHANNEL_RESERVED',
  })
  expect(documents.admit({ ch: 'doc.config.stage', client: '@log' })).toBeNull()
  expect(documents.admit({ ch: 'room.main', client: 'ada' })).toBeNull()
})

test('what reached the files and not the log before a crash is published after it, once', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 6 }), fc.boolean(), (inLog, viaCheckpoint) => {
      const all = Array.from({ length: 6 }, (_, i) => ({ ...stage(i + 1), name: `d${i}` }))
      const before = new Documents([])
      const published = all.flatMap((document) => before.kept(document))
      logged(before, published.slice(0, inLog))
      const after = new Documents(all.toReversed())
      if (viaCheckpoint) after.restore(JSON.parse(JSON.stringify(before.snapshot())))
      else logged(after, published.slice(0, inLog))
      const again = logged(after, after.wake())
      expect(again.map(({ version }) => version)).toEqual(all.slice(inLog).map(({ version }) => version))
      expect(after.wakeAtMs).toBe(Number.POSITIVE_INFINITY)
      expect(after.versions).toEqual(before.versions)
    }),
  )
})

test('the core logs what a push brings, and keeps it from central', () => {
  const documents = new Documents([])
  const core = new PopCore({ log: 'log-1', queueBytesMax: 1e6, random: () => 0.5, parts: [documents] })
  const [commit] = core.act(documents.kept(stage(1)), 1_000)
  expect(commit).toMatchObject({
    do: 'commit',
    records: [{ ch: 'doc.config.stage', lane: 'state', off: 1, client: '@log-1', body: { version: 1 } }],
  })
  const effects = core.committed(1_000)
  expect(effects).toContainEqual(expect.objectContaining({ do: 'deliver' }))
  expect(documents.joined('ada', 'doc.config.stage')).toHaveLength(1)
})

test('a document comes back from disk, and a damaged file is named', async () => {
  const folder = newFolder()
  const { files, documents } = await DocumentFiles.open(folder)
  expect(documents).toEqual([])
  await files.write(stage(1, 'a\u0000b ✓'))
  await files.write(stage(2, null))
  await files.write({ kind: 'content', name: 'menu', version: 3 })
  writeFileSync(join(folder, 'config.stage.json.new'), 'half a docu')
  expect((await DocumentFiles.open(folder)).documents).toEqual([
    stage(2, null),
    { kind: 'content', name: 'menu', version: 3 },
  ])
  writeFileSync(join(folder, 'features.polls.json'), '{"kind":"features"')
  await expect(DocumentFiles.open(folder)).rejects.toMatchObject({
    code: 'MP_DOCUMENT_DAMAGED',
    message: expect.stringContaining('features.polls.json'),
  })
})

test('a push is acknowledged once it is on disk, in order, and not where it cannot be kept', async () => {
  const folder = newFolder()
  const { files } = await DocumentFiles.open(folder)
  const documents = new Documents([])
  const acted: PartEffect[] = []
  const logger = pino({ level: 'silent' })
  const intake = new DocumentIntake({ documents, files, act: (effects) => acted.push(...effects), logger })
  const kept: DocumentKept[] = []
  for (const version of [1, 2, 2]) {
    intake.take(stage(version), (frame) => {
      expect(readdirSync(folder)).toEqual(['config.stage.json'])
      kept.push(frame)
    })
  }
  await expect.poll(() => kept.map(({ version }) => version)).toEqual([1, 2, 2])
  expect(logged(documents, acted).map(({ version }) => version)).toEqual([1, 2])
  rmSync(folder, { recursive: true })
  folders.splice(0)
  intake.take(stage(3), (frame) => kept.push(frame))
  intake.take(stage(4), (frame) => kept.push(frame))
  await intake.stop()
  expect(kept).toHaveLength(3)
  expect(documents.versions.config?.through).toBe(2)
})

test('versions are the same in any order, and differ where one is missing', () => {
  const all = [stage(3), { ...stage(1), name: 'door' }, { ...stage(2), kind: 'content' as const }]
  expect(versionsOf(all)).toEqual(versionsOf(all.toReversed()))
  expect(versionsOf(all).config).not.toEqual(versionsOf([stage(3)]).config)
  expect(channelOf(stage(1))).toBe('doc.config.stage')
})
