/** Converts a field to the value that a `row` function gets, and the function's result to the field's text. */

import { bitsToBigInt } from '../formats/text.ts'
import type { SourceColumn } from './column.ts'

/**
 * A value as a `row` function gets it. Its type depends only on the column's:
 * - TINYINT to INT, YEAR, FLOAT, DOUBLE: number
 * - BIGINT, BIT: bigint
 * - DECIMAL, dates and times, text, ENUM, SET, JSON: string, exactly as MySQL writes it
 * - BLOB, BINARY, GEOMETRY: Buffer
 * - NULL: null
 */
export type Value = string | number | bigint | Buffer | null

/** A row of the query, by column name. */
export type Row = { [column: string]: Value }

/**
 * What a `row` function may return for a column. An unchanged value is written byte for byte as without a function.
 * Otherwise text is written unchanged, numbers and bigints in decimal, booleans as `true` and `false`, a Date as ISO
 * 8601 in UTC, bytes as base64, null as NULL, and any other object as JSON with its bigints as numbers.
 */
export type Written = Value | boolean | Date | Uint8Array | object

/** A number with no more digits than this survives conversion to a double. */
export const EXACT_DIGITS = 15
/** For up to this many bytes, a loop is faster than a call. */
const SHORT_UTF8_BYTES = 24

/** Reads a field that is not NULL. */
export function readValue({ kind, precision }: SourceColumn, bytes: Buffer, start: number, end: number): Value {
  switch (kind) {
    case 'integer':
    case 'year': {
      const isExact = end - start <= EXACT_DIGITS
      if (precision !== 8) return isExact ? readInteger(bytes, start, end) : Number(latin1(bytes, start, end))
      return BigInt(isExact ? readInteger(bytes, start, end) : latin1(bytes, start, end))
    }
    case 'float':
      return Number(latin1(bytes, start, end))
    case 'bit':
      return bitsToBigInt(bytes, start, end)
    case 'binary':
      // Copied, because the function may keep it and the batch's bytes are reused.
      return Buffer.from(bytes.subarray(start, end))
    case 'text':
    case 'json':
      return (end - start <= SHORT_UTF8_BYTES ? shortUtf8(bytes, start, end) : null) ?? utf8(bytes, start, end)
    default:
      return latin1(bytes, start, end)
  }
}

/** What `toString` calls in the end, after checks that take as long. */
type Slices = Buffer & {
  latin1Slice(start: number, end: number): string
  utf8Slice(start: number, end: number): string
}
export const latin1 = (bytes: Buffer, start: number, end: number) => (bytes as Slices).latin1Slice(start, end)
const utf8 = (bytes: Buffer, start: number, end: number) => (bytes as Slices).utf8Slice(start, end)

const units: number[] = new Array(8).fill(0)

/**
 * Decodes well-formed UTF-8 of up to eight characters, the length of a Japanese name; null if it is longer or leaves
 * the basic plane.
 */
function shortUtf8(bytes: Buffer, start: number, end: number): string | null {
  let count = 0
  for (let at = start; at < end; count++) {
    const first = bytes[at]!
    if (count === 8 || first >= 0xf0) return null
    if (first < 0x80) units[count] = first
    else if (first < 0xe0) units[count] = ((first & 0x1f) << 6) | (bytes[++at]! & 0x3f)
    else units[count] = ((first & 0x0f) << 12) | ((bytes[++at]! & 0x3f) << 6) | (bytes[++at]! & 0x3f)
    at++
  }
  const u = units
  return String.fromCharCode(u[0]!, u[1]!, u[2]!, u[3]!, u[4]!, u[5]!, u[6]!, u[7]!).substring(0, count)
}

function readInteger(bytes: Buffer, start: number, end: number): number {
  const isNegative = bytes[start] === 0x2d
  let value = 0
  for (let at = isNegative ? start + 1 : start; at < end; at++) value = value * 10 + bytes[at]! - 0x30
  return isNegative ? -value : value
}

/** Converts what a `row` function returned to text; null if that is impossible. */
export function textOf(value: unknown): string | null {
  switch (typeof value) {
    case 'string':
      return value.toWellFormed()
    case 'number':
      return Number.isFinite(value) ? String(value) : null
    case 'bigint':
    case 'boolean':
      return String(value)
    case 'object':
      if (value instanceof Uint8Array)
        return Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('base64')
      if (value instanceof Date) return Number.isNaN(value.getTime()) ? null : value.toISOString()
      return jsonOf(value as object)
    default:
      return null
  }
}

/** Throws if an object refers to itself. */
function jsonOf(value: object): string | null {
  try {
    return JSON.stringify(value) ?? null
  } catch {
    // JSON.stringify usually fails on a bigint; JSON does not limit a number's digits. A replacer is slow, so it is
    // used only then.
    return JSON.stringify(value, (_, each) => (typeof each === 'bigint' ? rawJson(String(each)) : each)) ?? null
  }
}

/** From ES2026, not yet in TypeScript's libraries: https://tc39.es/proposal-json-parse-with-source/ */
const { rawJSON: rawJson } = JSON as unknown as { rawJSON(text: string): object }
