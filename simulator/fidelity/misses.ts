// Why the twin misses what it misses, and what change of the model would mend it: by figure, for docs/fidelity.md.

export interface Miss {
  reason: string
  fix: string
}

export const MISSES: Record<string, Miss> = {
  'delivery-p95': {
    reason:
      'missed where the crowd is half of that of most runs it was calibrated on (too slow), and half as large again (too fast): what a message takes to be sent to all of a crowd is part of the calibrated time, and does not follow the crowd',
    fix: 'take the time of a fan-out, per subscriber, out of the calibrated time and let the crowd of the run put it back',
  },
  recovery: {
    reason:
      'told in whole seconds, of which there are few, and decided by one draw of the delay before the PoP tries again, 0.2 to 3 s: the live PoP and its twin draw differently',
    fix: 'give the live PoP the seed of its retries, and tell recovery in milliseconds from when the backlog is gone',
  },
}
