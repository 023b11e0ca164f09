/** The minimum and maximum of a column in a row group, with which readers skip groups. */
import type { SchemaElement } from 'hyparquet'
import { unconvertMinMax } from 'hyparquet-writer/src/unconvert.js'

type Bound = number | bigint | Uint8Array

/** Statistics with the field names of the metadata writer. */
interface Statistics {
  min_value?: Bound
  max_value?: Bound
  /** False if the bound is not itself a value. */
  is_min_value_exact?: false
  is_max_value_exact?: false
}

/** Longer bounds are shortened to this length, as the metadata writer does. */
const SHORT_BYTES = 16

/** The order of values in the PLAIN encoding. */
interface Order {
  bytesAt(words: DataView, at: number): number
  isLess(words: DataView, at: number, than: DataView, thanAt: number): boolean
  /** Reads a value in the form that the metadata writer takes. */
  read(words: DataView): Bound
}

export class Bounds {
  readonly #element: SchemaElement
  readonly #order: Order
  #least: DataView | null = null
  #greatest: DataView | null = null

  constructor(element: SchemaElement) {
    this.#element = element
    this.#order = orderOf(element)
  }

  /** Takes in the values in the first `length` bytes. */
  add(words: DataView, length: number): void {
    if (length === 0) return
    const { bytesAt, isLess } = this.#order
    let least = 0
    let greatest = 0
    for (let at = bytesAt(words, 0); at < length; at += bytesAt(words, at)) {
      if (isLess(words, at, words, least)) least = at
      else if (isLess(words, greatest, words, at)) greatest = at
    }
    if (!this.#least || isLess(words, least, this.#least, 0)) this.#least = this.#copy(words, least)
    if (!this.#greatest || isLess(this.#greatest, 0, words, greatest)) this.#greatest = this.#copy(words, greatest)
  }

  /** Returns the bounds of what was added since the last call; an empty object if there were no values. */
  take(): Statistics {
    if (!this.#least || !this.#greatest) return {}
    const least = this.#order.read(this.#least)
    const greatest = this.#order.read(this.#greatest)
    this.#least = null
    this.#greatest = null
    if (least instanceof Uint8Array && greatest instanceof Uint8Array) return this.#shortened(least, greatest)
    // A zero bound also covers the zero with the other sign (parquet.thrift, ColumnOrder).
    return { min_value: least === 0 ? -0 : least, max_value: greatest === 0 ? 0 : greatest }
  }

  /**
   * Shortens the bounds of texts and bytes: the bounds of every group are kept until the file ends, and values may be
   * long.
   */
  #shortened(least: Uint8Array, greatest: Uint8Array): Statistics {
    const min_value = unconvertMinMax(least, this.#element, false)!
    const max_value = unconvertMinMax(greatest, this.#element, true)!
    // A text of 0xFF bytes alone has no shorter upper bound.
    const hasMax = max_value.length < greatest.length || greatest.length <= SHORT_BYTES
    return {
      min_value,
      ...(min_value.length < least.length && { is_min_value_exact: false }),
      ...(hasMax && { max_value }),
      ...(hasMax && max_value !== greatest && { is_max_value_exact: false }),
    }
  }

  #copy(words: DataView, at: number): DataView {
    const start = words.byteOffset + at
    return new DataView(words.buffer.slice(start, start + this.#order.bytesAt(words, at)))
  }
}

function orderOf({ type, type_length = 0, converted_type }: SchemaElement): Order {
  switch (type) {
    case 'INT32':
      return {
        bytesAt: () => 4,
        isLess: (words, at, than, thanAt) => words.getInt32(at, true) < than.getInt32(thanAt, true),
        // The metadata writer shifts a decimal's point unless it gets a bigint.
        read: (words) => (converted_type === 'DECIMAL' ? BigInt(words.getInt32(0, true)) : words.getInt32(0, true)),
      }
    case 'INT64':
      return converted_type === 'UINT_64' ? unsigned64 : signed64
    case 'FLOAT':
      return {
        bytesAt: () => 4,
        isLess: (words, at, than, thanAt) => words.getFloat32(at, true) < than.getFloat32(thanAt, true),
        read: (words) => words.getFloat32(0, true),
      }
    case 'DOUBLE':
      return {
        bytesAt: () => 8,
        isLess: (words, at, than, thanAt) => words.getFloat64(at, true) < than.getFloat64(thanAt, true),
        read: (words) => words.getFloat64(0, true),
      }
    case 'FIXED_LEN_BYTE_ARRAY':
      return {
        bytesAt: () => type_length,
        isLess: (words, at, than, thanAt) => {
          const sign = words.getInt8(at) - than.getInt8(thanAt)
          return sign === 0 ? compare(words, at, type_length, than, thanAt, type_length) < 0 : sign < 0
        },
        read: readBigEndian,
      }
    default:
      return byteArrays
  }
}

/** Compares INT64 as two halves, because comparing bigints would first have to allocate them. */
const signed64: Order = {
  bytesAt: () => 8,
  isLess: (words, at, than, thanAt) => {
    const high = words.getInt32(at + 4, true)
    const thanHigh = than.getInt32(thanAt + 4, true)
    return high === thanHigh ? words.getUint32(at, true) < than.getUint32(thanAt, true) : high < thanHigh
  },
  read: (words) => words.getBigInt64(0, true),
}

const unsigned64: Order = {
  bytesAt: () => 8,
  isLess: (words, at, than, thanAt) => words.getBigUint64(at, true) < than.getBigUint64(thanAt, true),
  read: (words) => words.getBigUint64(0, true),
}

/** Byte arrays follow their length. They are ordered by their bytes, which in UTF-8 is the order of the characters. */
const byteArrays: Order = {
  bytesAt: (words, at) => 4 + words.getUint32(at, true),
  isLess: (words, at, than, thanAt) =>
    compare(words, at + 4, words.getUint32(at, true), than, thanAt + 4, than.getUint32(thanAt, true)) < 0,
  read: (words) => new Uint8Array(words.buffer, words.byteOffset + 4, words.byteLength - 4),
}

function compare(words: DataView, at: number, length: number, than: DataView, thanAt: number, thanLength: number) {
  const both = Math.min(length, thanLength)
  for (let index = 0; index < both; index++) {
    const difference = words.getUint8(at + index) - than.getUint8(thanAt + index)
    if (difference !== 0) return difference
  }
  return length - thanLength
}

function readBigEndian(words: DataView): bigint {
  let value = BigInt(words.getInt8(0))
  for (let at = 1; at < words.byteLength; at++) value = (value << 8n) | BigInt(words.getUint8(at))
  return value
}
