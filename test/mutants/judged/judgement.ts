/** A change of the general operators that no test can notice, or that none should, with the reason. */
export interface Judgement {
  file: string
  /** The source line in which the change begins, without its indentation. */
  line: string
  /** The change as `npm run mutants` prints it after the line's number, such as `20 → (20 + 1)`. */
  change: string
  /** Why the changed program is as good, in a sentence. */
  because: string
}

/** Judges several changes of a module, each given as its line and the change, for the same reason. */
export function judged(
  file: string,
  because: string,
  changes: readonly (readonly [line: string, change: string])[],
): Judgement[] {
  return changes.map(([line, change]) => ({ file, line, change, because }))
}
