// Which memory a Fargate task may have with which vCPUs, so that a size is refused here and not by the cloud.
// Source: Amazon ECS Developer Guide, "Task CPU and memory", Linux tasks.
import { list } from './suggest.ts'

const GIB = 1_024 ** 3

interface Size {
  vcpu: number
  /** GiB. */
  memory: readonly number[]
}

const steps = (from: number, to: number, step: number): number[] =>
  Array.from({ length: (to - from) / step + 1 }, (_, i) => from + i * step)

const SIZES: readonly Size[] = [
  { vcpu: 0.25, memory: [0.5, 1, 2] },
  { vcpu: 0.5, memory: steps(1, 4, 1) },
  { vcpu: 1, memory: steps(2, 8, 1) },
  { vcpu: 2, memory: steps(4, 16, 1) },
  { vcpu: 4, memory: steps(8, 30, 1) },
  { vcpu: 8, memory: steps(16, 60, 4) },
  { vcpu: 16, memory: steps(32, 120, 8) },
]

/** What is wrong with a task's vCPUs or memory (bytes), or undefined where Fargate offers the pair. */
export function fargateMismatch(
  vcpu: number,
  memoryBytes: number,
): { key: 'vcpu' | 'memory'; why: string } | undefined {
  const size = SIZES.find((candidate) => candidate.vcpu === vcpu)
  if (!size) {
    const offered = list(
      SIZES.map((candidate) => String(candidate.vcpu)),
      'or',
    )
    return { key: 'vcpu', why: `Fargate has no tasks of ${vcpu} vCPUs; write ${offered}` }
  }
  if (size.memory.some((gib) => gib * GIB === memoryBytes)) return undefined
  const nearest = size.memory.reduce((a, b) =>
    Math.abs(b * GIB - memoryBytes) < Math.abs(a * GIB - memoryBytes) ? b : a,
  )
  const range = `${size.memory[0]} to ${size.memory.at(-1)} GiB`
  return {
    key: 'memory',
    why: `Fargate tasks of ${vcpu} vCPUs have ${range} in fixed steps; write ${nearest} GiB`,
  }
}
