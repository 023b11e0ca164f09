/** A field's value as a `row` function is given it, and what it returns as the field's text. */

import { bitsToBigInt } from '../formats/text.ts'
import type { SourceColumn } from './column.ts'

/**
 * A value as a `row` function sees it; which one, the column's type decides, never the value:
 * - TINYINT to INT, YEAR, FLOAT, DOUBLE: number
 * - BIGINT, BIT: bigint
 * - DECIMAL, dates and times, text, ENUM, SET, JSON: string, exactly as MySQL writes it
 * - BLOB, BINARY, GEOMETRY: Buffer
 * - NULL: null
 */
export type Value = string | number | bigint | Buffer | null

/** A row of the query by column names. */
export type Row = { [column: string]: Value }

/**
 * What a `row` function may return for a column. A value that is passed on unchanged is written byte for byte as
 * without a function. Otherwise: text as it is, numbers and bigints in decimal, `true` and `false`, a Date as ISO 8601
 * in UTC, bytes as base64, null as NULL, any other object as JSON, bigints in it as numbers.
 */
export type Written = Value | boolean | Date | Uint8Array | object

/** Whatever has no more digits is the same number as a double. */
export const EXACT_DIGITS = 15
/** A call takes longer than so many bytes do. */
const SHORT_UTF8_BYTES = 24

/** The field's value; it is not NULL. */
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
      // A copy: the function may keep it, and the batch's bytes are reused.
      return Buffer.from(bytes.subarray(start, end))
    case 'text':
    case 'json':
      return (end - start <= SHORT_UTF8_BYTES ? shortUtf8(bytes, start, end) : null) ?? utf8(bytes, start, end)
    default:
      return latin1(bytes, start, end)
  }
}

/** What `toString` calls in the end; it takes as long to find that out. */
type Slices = Buffer & {
  latin1Slice(start: number, end: number): string
  utf8Slice(start: number, end: number): string
}
export const latin1 = (bytes: Buffer, start: number, end: number) => (bytes as Slices).latin1Slice(start, end)
const utf8 = (bytes: Buffer, start: number, end: number) => (bytes as Slices).utf8Slice(start, end)

const units: number[] = new Array(8).fill(0)

/** Well-formed UTF-8 of up to eight characters, as names have in Japan; null when they are more, or beyond the basic plane. */
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

/** What a `row` function returned, as text; null where that cannot be. */
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

/** Throws where an object refers to itself. */
function jsonOf(value: object): string | null {
  try {
    return JSON.stringify(value) ?? null
  } catch {
    // Mostly a bigint, of which JSON has no limit to the digits. Only then, since a replacer costs much.
    return JSON.stringify(value, (_, each) => (typeof each === 'bigint' ? rawJson(String(each)) : each)) ?? null
  }
}

/** Of ES2026, which TypeScript’s libraries do not know yet: https://tc39.es/proposal-json-parse-with-source/ */
const { rawJSON: rawJson } = JSON as unknown as { rawJSON(text: string): object }
