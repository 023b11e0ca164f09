/**
 * What a row group has of one column so far. As JavaScript's own strings, numbers and bigints the values of all columns would
 * take several times their bytes; so they are packed here, and unpacked for one column at a time when the group is written.
 */
import { Output } from '../../output.ts'

export type Value = number | bigint | Uint8Array

export interface Vector {
  /** Bytes are copied. */
  push(value: Value | null): void
  /** All since it was cleared. Bytes are valid until then. */
  values(): (Value | null)[]
  clear(): void
}

const FIRST_LENGTH = 1024

/** Numbers that all fit into elements of a typed array. */
export function packed(type: Float64ArrayConstructor | BigInt64ArrayConstructor | BigUint64ArrayConstructor): Vector {
  let numbers: { length: number; [index: number]: number | bigint } = new type(FIRST_LENGTH)
  let isNull = new Uint8Array(FIRST_LENGTH)
  let length = 0
  const lengthen = () => {
    const [shorter, marks] = [numbers, isNull]
    numbers = new type(length * 2)
    isNull = new Uint8Array(length * 2)
    for (let index = 0; index < length; index++) numbers[index] = shorter[index]!
    isNull.set(marks)
  }
  return {
    push(value) {
      if (length === numbers.length) lengthen()
      isNull[length] = value === null ? 1 : 0
      if (value !== null) numbers[length] = value as number | bigint
      length++
    },
    values: () => Array.from({ length }, (_, index) => (isNull[index] ? null : numbers[index]!)),
    clear() {
      length = 0
    },
  }
}

/** Strings and bytes, one after another. */
export function bytesTogether(): Vector {
  const bytes = new Output(1 << 16, 0)
  /** Where each ends; NULL has the ends' complement. */
  let ends = new Int32Array(FIRST_LENGTH)
  let length = 0
  return {
    push(value) {
      if (length === ends.length) {
        const longer = new Int32Array(length * 2)
        longer.set(ends)
        ends = longer
      }
      if (value !== null) bytes.write(value as Uint8Array)
      ends[length++] = value === null ? ~bytes.length : bytes.length
    },
    values() {
      const { buffer } = bytes
      let start = 0
      return Array.from({ length }, (_, index) => {
        const end = ends[index]!
        if (end < 0) return null
        const value = new Uint8Array(buffer.buffer, buffer.byteOffset + start, end - start)
        start = end
        return value
      })
    },
    clear() {
      bytes.length = 0
      length = 0
    },
  }
}

/** Whatever has no shorter form. */
export function unpacked(): Vector {
  const values: (Value | null)[] = []
  return {
    push: (value) => void values.push(value),
    values: () => values.slice(),
    clear() {
      values.length = 0
    },
  }
}
