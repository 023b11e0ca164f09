/** The beginning and the end of a list that may have thousands of entries. */

export interface Ends<T> {
  first: readonly T[]
  last: readonly T[]
  /** The number of omitted entries between them. */
  between: number
}

export function endsOf<T>(list: readonly T[], { first, last }: { first: number; last: number }): Ends<T> {
  if (list.length <= first + last) return { first: list, last: [], between: 0 }
  return { first: list.slice(0, first), last: list.slice(-last), between: list.length - first - last }
}
