// A resource type that moto judges: the calls by which its inputs become a thing there, and by which that changes and goes.
import type { Unwrap } from '@pulumi/pulumi'
import type { Decided } from '../judge.ts'
import type { AwsClients } from './aws-clients.ts'

/** What is to be made. */
export interface Wanted<Inputs> {
  /** As AWS would see them: no secret is marked, nothing is an output. */
  inputs: Inputs
  /** A name of its own, for where the program gives none. */
  name: string
  /** Twelve digits. */
  account: string
  aws: AwsClients
}

/** What was made. */
export interface Existing<Inputs> extends Wanted<Inputs> {
  id: string
  /** Of the twin's cloud, with what moto decided. */
  outputs: Record<string, unknown>
}

/** Every call rejects with what moto answered. */
export interface JudgedType<Inputs> {
  create(wanted: Wanted<Inputs>): Promise<Decided>
  /** Absent: a change in place is not shown to moto. */
  update?(existing: Existing<Inputs>, before: Inputs): Promise<Decided>
  delete(existing: Existing<Inputs>): Promise<void>
  /** Asked by a call that describes it; false, or rejects as its service does, where it is not there. */
  exists(existing: Existing<Inputs>): Promise<boolean>
}

// biome-ignore lint/suspicious/noExplicitAny: the inputs of whichever type it is; each is checked where it is defined
export type AnyJudgedType = JudgedType<any>

/** By type token. */
export type JudgedTypes = Record<string, AnyJudgedType>

/** For a type whose arguments in the program are `Args`. */
export function judged<Args>(type: JudgedType<Unwrap<Args>>): AnyJudgedType {
  return type
}

/** For settings that are put as a whole: the first time and each time after. */
export function put<Args>(
  type: Omit<JudgedType<Unwrap<Args>>, 'create' | 'update'> & {
    put(wanted: Wanted<Unwrap<Args>>): Promise<Decided>
  },
): AnyJudgedType {
  const { put, ...others } = type
  return { ...others, create: put, update: put }
}

/** Tags as most services take them. */
export function tagList(tags: Record<string, string> | undefined): { Key: string; Value: string }[] {
  return Object.entries(tags ?? {}).map(([Key, Value]) => ({ Key, Value }))
}

/** The second of two calls that make one thing: where it is refused, the first is taken back. */
export async function orUndo<T>(second: () => Promise<T>, undo: () => Promise<unknown>): Promise<T> {
  try {
    return await second()
  } catch (error) {
    await undo()
    throw error
  }
}
