import { expect, test } from 'vitest'
import type { DrillResult } from '../simulator/drills/drill-result.ts'
import { renderDrillText } from './terminal-drill.ts'

const RESULT: DrillResult = {
  drill: 'handoff',
  event: 'conference',
  venues: ['hall'],
  steps: [
    { id: 'look', title: 'The first machine is well', outcome: 'done', tookS: 0.51, detail: '12 sessions' },
    { id: 'drain', title: 'It sends its sessions away', outcome: 'failed', tookS: 12.3, detail: 'it hangs' },
  ],
  rollback: [
    {
      id: 'drain',
      title: 'It sends its sessions away',
      outcome: 'taken back',
      tookS: 2,
      detail: 'it serves',
    },
  ],
  failure: { step: 'drain', why: 'it hangs', onPurpose: false },
  servedBy: ['hall-first'],
  account: {
    ...{ published: 1_204, acknowledged: 1_203, atCentral: 1_203, lost: 0, appliedTwice: 0, foreign: 0 },
    ...{ unanswered: 1, silentGaps: 0, toldGaps: 12 },
  },
  attendance: { attendees: 12, present: 12, reconnects: 12, longestWaitMs: 2_926 },
  commands: ['aws route53 …'],
  tookS: 19.7,
  reproduce: 'npx micropop drill handoff event.yaml',
}

test('says what failed and what was taken back, each step with its time, and the account', () => {
  expect(renderDrillText(RESULT, false)).toMatchInlineSnapshot(`
    "handoff of hall in conference: step drain failed: it hangs; everything was taken back; see below

    1  done     0.5 s  look   The first machine is well
         12 sessions
    2  failed  12.3 s  drain  It sends its sessions away
         it hangs

    The way back:
    1  taken back  2.0 s  drain  It sends its sessions away
         it serves

    Messages: 1,204 published, 1,203 acknowledged, 1,203 at central;
      lost 0, applied twice 0, foreign 0, never answered 1
    Sessions: 12 of 12 there, 12 reconnects, gaps: 0 silent, 12 told;
      the longest wait for an acknowledgement was 2.93 s
    Served in the end by hall-first; took 19.7 s.

    At this event a person types:
      aws route53 …

    Again: npx micropop drill handoff event.yaml
    "
  `)
})

test('a drill that went well says so in its first line', () => {
  const [first] = renderDrillText({ ...RESULT, failure: null, rollback: [] }, true).split('\n')
  expect(first).toBe('handoff of hall in conference: done, nothing lost')
})
