// Who else judges what the twin's cloud is asked for: nobody, or an emulator that other people wrote.
import type { Properties, Thing } from './cloud-store.ts'

/** What the judge decided itself: it takes the place of what the twin's cloud made up. */
export interface Decided {
  id?: string | undefined
  outputs?: Properties
}

/** Each call rejects with an `AwsError` where it is refused. A type that the judge does not know passes. */
export interface Judge {
  create(thing: Thing): Promise<Decided>
  update(thing: Thing, inputs: Properties): Promise<Decided>
  delete(thing: Thing): Promise<void>
  exists(thing: Thing): Promise<boolean>
  /** Of an answer about what was there before us: the same, with the judge's own identifier where it has one. */
  given(token: string, answer: Properties): Promise<Properties>
}

export const NOBODY_JUDGES: Judge = {
  create: async () => ({}),
  update: async () => ({}),
  delete: async () => {},
  exists: async () => true,
  given: async (_token, answer) => answer,
}
