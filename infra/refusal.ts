// How a refusal reaches the person at the terminal: the engine prints a RunError's message alone, others with a stack.
import { RunError } from '@pulumi/pulumi'
import { describe, MicropopError } from '../runtime/errors.ts'

/** What the program throws, inside and outside of the engine's callbacks. */
export function refusal(error: unknown): unknown {
  return error instanceof MicropopError ? new RunError(describe(error)) : error
}

/**
 * Waits for an answer of the cloud. Where it has nothing of that name, the refusal says so in our words; every other
 * failure (credentials, network) stays what it is.
 *
 * The provider says "no matching Route 53 Hosted Zone found", older ones "no matching Route53Zone found", and the same
 * of VPCs and subnets; KMS answers NotFoundException, EC2 "Invalid availability zone"; over the engine it arrives as text
 * only.
 */
export async function orMissing<T>(answer: Promise<T>, missing: () => MicropopError): Promise<T> {
  try {
    return await answer
  } catch (error) {
    throw refusal(
      /no matching |NotFoundException|Invalid availability zone/i.test(String(error)) ? missing() : error,
    )
  }
}
