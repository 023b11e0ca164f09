import type { Cursor } from '../../statemachine/contract.ts'
import type { KeySpace } from '../sources/source.ts'
import { axesBetween } from './key-axis.ts'

/**
 * The keys from `low` (exclusive except in the first piece) to `high`, with the optimizer's estimate of their number.
 */
interface Piece {
  low: Cursor
  high: Cursor
  rows: number
  /** True if no key was found between the two, so that the piece cannot be divided. */
  whole: boolean
}

/** Pieces per range. More pieces make ranges more even. */
const FINENESS = 8
/** Divisions beyond those that evenly distributed keys need. */
const SPARE_HALVINGS = 32
/**
 * Where to look for a key between two others. More than one place is tried because a collation's order may differ from
 * the characters'.
 */
const PROPOSALS = [0.5, 0.25, 0.75, 0.125, 0.875]
/** If two halves together have nearly twice the rows of the whole, the estimate ignored their bounds. */
const UNCOUNTED = 1.8

/**
 * The distribution of an export's keys, found by repeatedly halving the piece with the most rows, at keys that exist.
 * Pieces are small because InnoDB's estimate is twice the truth for pieces of many pages, and never more than half of
 * the table.
 * https://github.com/mysql/mysql-server/blob/8.4/storage/innobase/btr/btr0cur.cc (btr_estimate_n_rows_in_range_low)
 */
export class Histogram {
  readonly #space: KeySpace
  readonly #first: Cursor
  #pieces: Piece[]

  private constructor(space: KeySpace, first: Cursor, last: Cursor, total: number) {
    this.#space = space
    this.#first = first
    this.#pieces = [{ low: first, high: last, rows: total, whole: false }]
  }

  /**
   * Returns null if the optimizer's estimate does not depend on bounds, as for a query that is materialized before it
   * is cut.
   */
  static async of(
    space: KeySpace,
    { first, last, total, ranges }: { first: Cursor; last: Cursor; total: number; ranges: number },
  ): Promise<Histogram | null> {
    const histogram = new Histogram(space, first, last, total)
    for (let halvings = 0; halvings < SPARE_HALVINGS + 2 * FINENESS * ranges; halvings++) {
      if (!(await histogram.#halveLargest(1 / (FINENESS * ranges)))) break
      if (halvings === 0 && rowsOf(histogram.#pieces) > UNCOUNTED * total) return null
    }
    return histogram
  }

  /** Returns an existing key up to which there is about this share of all rows. */
  keyAt(share: number): Cursor {
    const wanted = share * rowsOf(this.#pieces)
    let [best, error] = [this.#first, wanted]
    let before = 0
    for (const { high, rows } of this.#pieces) {
      before += rows
      if (Math.abs(before - wanted) <= error) [best, error] = [high, Math.abs(before - wanted)]
    }
    return best
  }

  async #halveLargest(share: number): Promise<boolean> {
    const open = this.#pieces.filter(({ whole }) => !whole)
    const largest = open.reduce<Piece | null>((most, piece) => (most && most.rows >= piece.rows ? most : piece), null)
    if (!largest || largest.rows <= share * rowsOf(this.#pieces)) return false
    const middle = await this.#keyWithin(largest)
    if (middle === null) {
      largest.whole = true
      return true
    }
    const halves = [await this.#count(largest.low, middle), await this.#count(middle, largest.high)]
    this.#pieces = this.#pieces.flatMap((piece) => (piece === largest ? halves : piece))
    return true
  }

  async #count(low: Cursor, high: Cursor): Promise<Piece> {
    const rows = (await this.#space.estimate({ after: this.#boundOf(low), upTo: high })) ?? 0
    return { low, high, rows, whole: false }
  }

  #boundOf(low: Cursor): Cursor | null {
    return low === this.#first ? null : low
  }

  /** Returns an existing key after the piece's first and before its last, or null. */
  async #keyWithin({ low, high }: Piece): Promise<Cursor | null> {
    const proposals = axesBetween(low, high).flatMap((axis) => PROPOSALS.map((share) => axis.at(share)))
    for (const middle of proposals) {
      const [up] = await this.#space.keys({ after: middle, upTo: high }, 1, 'first')
      if (up && up.value !== high.value && (await this.#hasKeys(low, up))) return up
      const [down] = await this.#space.keys({ after: low, upTo: middle }, 1, 'last')
      if (down && down.value !== high.value && (await this.#hasKeys(down, high))) return down
    }
    return null
  }

  /** Asks the database to compare, since only it knows the collation. */
  async #hasKeys(after: Cursor, upTo: Cursor): Promise<boolean> {
    return (await this.#space.keys({ after, upTo }, 1, 'first')).length > 0
  }
}

function rowsOf(pieces: readonly Piece[]): number {
  return pieces.reduce((rows, piece) => rows + piece.rows, 0)
}
