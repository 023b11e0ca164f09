/**
 * A faulty change in a module that implements a guarantee, with the suites that must notice it. Mutants change SQL text, the
 * state machine, the construct and configuration, which general operators would not change.
 */
export interface Mutant {
  /** What the faulty code does, in kebab case. */
  name: string
  file: string
  /** Text to replace, which occurs exactly once in the file. */
  from: string
  to: string
  /** Number of the guarantee in `guarantees.ts` that the change breaks. */
  guarantee: number
  suites: string[]
}
