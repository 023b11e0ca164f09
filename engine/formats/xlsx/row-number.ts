import { wordsOf } from '../../rows/words.ts'

const ZERO = 0x30
const NINE = 0x39

/** The number of a row in its sheet, counted in its digits: a row makes no string. */
export class RowNumber {
  readonly #bytes: Uint8Array
  /** The last so many bytes. */
  readonly #views: readonly DataView[]
  #count = 1

  /** @param most digits that it may come to have */
  constructor(most: number) {
    this.#bytes = new Uint8Array(most).fill(ZERO)
    this.#views = Array.from({ length: most + 1 }, (_, count) => wordsOf(this.#bytes.subarray(most - count)))
    this.reset()
  }

  /** The first row of a sheet is 1. */
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
