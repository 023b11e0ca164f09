import { Histogram } from '../../../engine/keys/histogram.ts'
import { endsMember } from '../../../engine/keys/member.ts'
import type { KeyBounds, KeySpace } from '../../../engine/sources/source.ts'
import type { Cursor } from '../../../statemachine/contract.ts'

type Order = (one: string, other: string) => number

const byNumber: Order = (one, other) => Number(one) - Number(other)

/** The keys of a table in memory; `estimate` counts them exactly unless it is told otherwise. */
export class Keys implements KeySpace {
  lookups = 0
  readonly values: string[]
  readonly #type: Cursor['type']
  readonly #order: Order
  readonly #estimate: (rows: number) => number | null

  constructor(
    values: readonly string[],
    { type = 'integer' as Cursor['type'], order = byNumber, estimate = (rows: number): number | null => rows } = {},
  ) {
    this.values = values.toSorted(order)
    this.#type = type
    this.#order = order
    this.#estimate = estimate
  }

  async keys(bounds: KeyBounds, limit: number, end: 'first' | 'last') {
    this.lookups++
    const within = this.#within(bounds)
    const found = end === 'first' ? within.slice(0, limit) : within.reverse().slice(0, limit)
    return found.map((value) => this.cursor(value))
  }

  async estimate(bounds: KeyBounds) {
    return this.#estimate(this.#within(bounds).length)
  }

  async close() {}

  cursor(value: string): Cursor {
    return { type: this.#type, value }
  }

  /** How many keys there are up to this one, as a share of all. */
  shareOf({ value }: Cursor): number {
    return (this.values.indexOf(value) + 1) / this.values.length
  }

  histogram(ranges: number) {
    const [first, last] = [this.cursor(this.values[0]!), this.cursor(this.values.at(-1)!)]
    return Histogram.of(this, { first, last, total: this.values.length, ranges })
  }

  #within({ after, upTo }: KeyBounds): string[] {
    return this.values.filter(
      (value) => (!after || this.#order(value, after.value) > 0) && (!upTo || this.#order(value, upTo.value) <= 0),
    )
  }
}

/** The first integers. */
export const upTo = (count: number) => Array.from({ length: count }, (_, index) => String(index + 1))

/** Whether a member of a compressed file may end after the row with this key. */
export function isMemberEnd(key: number): boolean {
  const text = Buffer.from(String(key))
  return endsMember(text, 0, text.length)
}

/** The first such key from this one on. */
export function memberEndFrom(key: number): number {
  let end = key
  while (!isMemberEnd(end)) end++
  return end
}
