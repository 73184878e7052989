// Why the twin misses what it misses, and what change of the model would mend it: by figure, for docs/fidelity.md.

export interface Miss {
  reason: string
  fix: string
}

export const MISSES: Record<string, Miss> = {}
