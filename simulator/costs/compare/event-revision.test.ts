// An event of an earlier commit is read with what it named then, and events are compared with real graphs and prices.
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { loadEvent } from '../../../infra/event/load.ts'
import { EVENT, eventFolder, OUTAGE } from '../../../infra/event/test-event.ts'
import { loadPriceBook } from '../price-book.ts'
import { compareEvents } from './compare-events.ts'
import { checkOut, revisionOf } from './event-revision.ts'

function repository() {
  const folder = eventFolder()
  const git = (...args: string[]) =>
    execFileSync('git', ['-c', 'user.name=t', '-c', 'user.email=t@example.org', ...args], { cwd: folder })
  git('init', '-q')
  git('add', '.')
  git('commit', '-qm', 'first')
  return { folder, git }
}

test('the event and its outage are those of the revision, not of the folder', async () => {
  const { folder } = repository()
  writeFileSync(join(folder, 'event.yaml'), EVENT.replaceAll('t3.large', 't3.medium'))
  writeFileSync(join(folder, 'outage.yaml'), OUTAGE.replace('test-outage', 'renamed'))
  const to = mkdtempSync(join(tmpdir(), 'micropop-test-'))
  const path = await checkOut(join(folder, 'event.yaml'), 'HEAD', to)
  const event = loadEvent(path)
  expect(readFileSync(path, 'utf8')).toBe(EVENT)
  expect(event.outage?.name).toBe('test-outage')
  expect(event.venues[1]?.pop).toMatchObject({ instanceType: 't3.large' })
})

test('a revision, a file and a repository that are not there are told apart; an option is no revision', async () => {
  const { folder } = repository()
  const out = (file: string, revision: string) => checkOut(file, revision, join(folder, 'out'))
  await expect(out(join(folder, 'event.yaml'), 'nope')).rejects.toThrow('no revision nope')
  await expect(out(join(folder, 'event.yaml'), '--help')).rejects.toThrow('no revision --help')
  await expect(out(join(folder, 'other.yaml'), 'HEAD')).rejects.toThrow('has no other.yaml')
  await expect(out(join(eventFolder(), 'event.yaml'), 'HEAD')).rejects.toThrow('in no git repository')
})

test('only what stands behind the last @ is a revision', () => {
  expect(revisionOf('a@b.yaml@v1')).toEqual({ file: 'a@b.yaml', revision: 'v1' })
  expect([revisionOf('a.yaml'), revisionOf('@v1'), revisionOf('a.yaml@')]).toEqual([null, null, null])
})

test('a smaller machine costs half of its hours, and the rest is the same', async () => {
  const set = (value: string) => ({
    path: ['venues', 'remote', 'pop', 'instanceType'],
    value,
    place: { file: '--set' },
  })
  const path = `${eventFolder()}/event.yaml`
  const load = (type: string) => loadEvent(path, { set: [set(type)] })
  const result = await compareEvents(
    { named: 'a', event: load('t3.large') },
    { named: 'b', event: load('t3.medium') },
    { figuresFrom: 'surrogate', seed: 1, book: loadPriceBook() },
  )
  // Eight hours: 4 h of set-up, 2 h of show, 2 h of tear-down. t3.large 0.0912, t3.medium 0.0456 USD an hour.
  expect(result.cost.reasons).toMatchObject({ added: 364_800_000_000n, removed: -729_600_000_000n })
  expect(result.cost.lines.filter(({ reason }) => reason !== 'same')).toHaveLength(2)
  expect(result.figures.find(({ id }) => id === 'ack-p99')?.after).toBeGreaterThan(0)
})
