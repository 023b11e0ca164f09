import { wordsOf } from '../../rows/words.ts'

const ZERO = 0x30
const NINE = 0x39

/** The number of a row in its sheet, incremented as ASCII digits so that no string is made per row. */
export class RowNumber {
  readonly #bytes: Uint8Array
  /** Views of the last 1, 2, … digits. */
  readonly #views: readonly DataView[]
  #count = 1

  /** @param most the largest number of digits */
  constructor(most: number) {
    this.#bytes = new Uint8Array(most).fill(ZERO)
    this.#views = Array.from({ length: most + 1 }, (_, count) => wordsOf(this.#bytes.subarray(most - count)))
    this.reset()
  }

  /** Starts a new sheet, whose first row is 1. */
  reset(): void {
    this.#bytes.fill(ZERO)
    this.#bytes[this.#bytes.length - 1] = ZERO + 1
    this.#count = 1
  }

  next(): void {
    const bytes = this.#bytes
    let at = bytes.length - 1
    while (bytes[at] === NINE) bytes[at--] = ZERO
    bytes[at]!++
    this.#count = Math.max(this.#count, bytes.length - at)
  }

  get digits(): DataView {
    return this.#views[this.#count]!
  }
}
