/** A list that may have thousands of entries: its beginning and its end. */

export interface Ends<T> {
  first: readonly T[]
  last: readonly T[]
  /** How many lie between them and are left out. */
  between: number
}

export function endsOf<T>(list: readonly T[], { first, last }: { first: number; last: number }): Ends<T> {
  if (list.length <= first + last) return { first: list, last: [], between: 0 }
  return { first: list.slice(0, first), last: list.slice(-last), between: list.length - first - last }
}
