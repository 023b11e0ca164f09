/** The distinct values of a column in a row group in the PLAIN encoding, numbered in order of appearance. */
import { Output } from '../../rows/output.ts'
import { copyWords } from '../../rows/words.ts'

const FIRST_SLOTS = 1024

export class Dictionary {
  readonly values = new Output(1 << 12, 0)
  count = 0
  /** Open-addressed hash slots: value index + 1; 0 is empty. */
  #slots = new Int32Array(FIRST_SLOTS)
  /** The hash of each value, by its number. */
  #hashes = new Int32Array(FIRST_SLOTS / 2)
  #ends = new Int32Array(FIRST_SLOTS / 2)

  /**
   * Returns the number of the value `words[start, end)`, adding it if it is new. It must have at least four bytes, as
   * every PLAIN value but a BOOLEAN has.
   */
  numberOf(words: DataView, start: number, end: number): number {
    const hash = hashOf(words, start, end)
    const slots = this.#slots
    const mask = slots.length - 1
    for (let slot = hash & mask; ; slot = (slot + 1) & mask) {
      const number = slots[slot]! - 1
      if (number === -1) {
        slots[slot] = this.count + 1
        return this.#add(hash, words, start, end)
      }
      if (this.#hashes[number] === hash && this.#isAt(number, words, start, end)) return number
    }
  }

  clear(): void {
    if (this.count === 0) return
    this.values.length = 0
    this.count = 0
    this.#slots.fill(0)
  }

  #isAt(number: number, words: DataView, start: number, end: number): boolean {
    const begin = number === 0 ? 0 : this.#ends[number - 1]!
    if (this.#ends[number]! - begin !== end - start) return false
    const own = this.values.words
    const shift = begin - start
    const last = end - 4
    for (let at = start; at < last; at += 4) if (words.getInt32(at) !== own.getInt32(at + shift)) return false
    return words.getInt32(last) === own.getInt32(last + shift)
  }

  #add(hash: number, words: DataView, start: number, end: number): number {
    const { values } = this
    values.reserve(end - start)
    copyWords(words, start, end, values.words, values.length)
    values.length += end - start
    const number = this.count++
    this.#hashes[number] = hash
    this.#ends[number] = values.length
    if (this.count === this.#hashes.length) this.#grow()
    return number
  }

  #grow(): void {
    const slots = new Int32Array(this.#slots.length * 2)
    const mask = slots.length - 1
    for (let number = 0; number < this.count; number++) {
      let slot = this.#hashes[number]! & mask
      while (slots[slot] !== 0) slot = (slot + 1) & mask
      slots[slot] = number + 1
    }
    this.#slots = slots
    this.#hashes = longer(this.#hashes)
    this.#ends = longer(this.#ends)
  }
}

function longer(numbers: Int32Array<ArrayBuffer>): Int32Array<ArrayBuffer> {
  const twice = new Int32Array(numbers.length * 2)
  twice.set(numbers)
  return twice
}

/**
 * Hashes four bytes at a time; the last four may overlap the ones before. The factor is 2^32 divided by the golden
 * ratio.
 */
function hashOf(words: DataView, start: number, end: number): number {
  const last = end - 4
  let hash = end - start
  for (let at = start; at < last; at += 4) {
    hash = Math.imul(hash ^ words.getInt32(at), 0x9e37_79b1)
    hash ^= hash >>> 15
  }
  hash = Math.imul(hash ^ words.getInt32(last), 0x9e37_79b1)
  return hash ^ (hash >>> 15)
}
