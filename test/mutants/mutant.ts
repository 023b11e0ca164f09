/**
 * Small wrongs in the modules that carry a promise, each with the suites that must notice it: in SQL text, the state
 * machine, the construct and configuration, where no general operator would change anything.
 */
export interface Mutant {
  /** In kebab case; what the wrong one does. */
  name: string
  file: string
  /** Occurs exactly once in the file. */
  from: string
  to: string
  /** The number of the guarantee in `guarantees.ts` that it breaks. */
  guarantee: number
  suites: string[]
}
