/** Which Parquet type a column of each kind has, and how a field's text becomes its value. */
import type { SchemaElement } from 'hyparquet'
import type { Column } from '../../batch.ts'
import { TransformFailed } from '../../errors.ts'
import { bitsToBigInt } from '../text.ts'
import { readDate, readDateTime } from './temporal.ts'
import { toUtc } from './time-zone.ts'
import { serverText } from './transformed.ts'
import { bytesTogether, packed, unpacked, type Value, type Vector } from './vector.ts'

type Describe = (column: Column) => string

export interface ColumnType {
  element: SchemaElement
  /** Reads the field `bytes[start, end)`, which is not NULL. What it returns may be those bytes themselves. */
  read(bytes: Buffer, start: number, end: number, describe: Describe): Value
  /** An empty one, which holds all that `read` returns. */
  vector(): Vector
}

/** Ends a `row` function's Date, which is UTC whatever the session has. */
const UTC_MARK = 0x5a

const numbers = () => packed(Float64Array)
const signed = () => packed(BigInt64Array)
const unsigned = () => packed(BigUint64Array)

const readNumber = (bytes: Buffer, start: number, end: number) => Number(latin1(bytes, start, end))
const readBytes = (bytes: Buffer, start: number, end: number) => bytes.subarray(start, end)
const latin1 = (bytes: Buffer, start: number, end: number) => bytes.toString('latin1', start, end)

/** @param timeZone of the session, which the text of `timestamp` columns is in */
export function columnType(column: Column, timeZone: string): ColumnType {
  const type = typeOf(column, timeZone)
  if (column.transformedFrom === null) return type
  const { read } = type
  return {
    ...type,
    read: (bytes, start, end, describe) => {
      const text = serverText(column, bytes.toString('utf8', start, end))
      if (text !== null) return read(Buffer.from(text), 0, Buffer.byteLength(text), describe)
      throw new TransformFailed(
        `${describe(column)}: the row function returned what a Parquet column of type ${column.kind} does not hold. ` +
          'Return a value that fits, or request CSV.',
      )
    },
  }
}

function typeOf(column: Column, timeZone: string): ColumnType {
  const base = { name: column.heading, repetition_type: 'OPTIONAL' } as const
  switch (column.kind) {
    case 'integer':
      return integerType(column, base)
    case 'year':
      return { element: { ...base, type: 'INT32' }, read: readNumber, vector: numbers }
    case 'float': {
      const type = column.precision === 4 ? 'FLOAT' : 'DOUBLE'
      return { element: { ...base, type }, read: readNumber, vector: numbers }
    }
    case 'decimal':
      return decimalType(column, base)
    case 'date':
      return {
        element: { ...base, type: 'INT32', converted_type: 'DATE', logical_type: { type: 'DATE' } },
        read: (bytes, start, _, describe) =>
          readDate(bytes, start) ?? refuse(bytes, start, start + 10, column, describe),
        vector: numbers,
      }
    case 'datetime':
    case 'timestamp': {
      const instant = column.kind === 'timestamp'
      const toInstant = instant ? toUtc(timeZone) : (micros: bigint) => micros
      return {
        element: {
          ...base,
          type: 'INT64',
          logical_type: { type: 'TIMESTAMP', isAdjustedToUTC: instant, unit: 'MICROS' },
          ...(instant && { converted_type: 'TIMESTAMP_MICROS' as const }),
        },
        read: (bytes, start, end, describe) => {
          const micros = readDateTime(bytes, start, bytes[end - 1] === UTC_MARK ? end - 1 : end)
          if (micros === null) return refuse(bytes, start, end, column, describe)
          return bytes[end - 1] === UTC_MARK ? micros : toInstant(micros)
        },
        vector: signed,
      }
    }
    case 'bit':
      return {
        element: { ...base, type: 'INT64', converted_type: 'UINT_64' },
        read: (bytes, start, end) => bitsToBigInt(bytes, start, end),
        vector: unsigned,
      }
    case 'binary':
      return { element: { ...base, type: 'BYTE_ARRAY' }, read: readBytes, vector: bytesTogether }
    // TIME may be negative or longer than a day, which Parquet's TIME is not; JSON stays the database's own text.
    default:
      return {
        element: { ...base, type: 'BYTE_ARRAY', converted_type: 'UTF8', logical_type: { type: 'STRING' } },
        read: readBytes,
        vector: bytesTogether,
      }
  }
}

function integerType(column: Column, base: { name: string; repetition_type: 'OPTIONAL' }): ColumnType {
  const size = column.precision ?? 8
  if (size < 4 || (size === 4 && !column.unsigned)) {
    return { element: { ...base, type: 'INT32' }, read: readNumber, vector: numbers }
  }
  const isUnsigned = size === 8 && column.unsigned
  return {
    element: { ...base, type: 'INT64', ...(isUnsigned && { converted_type: 'UINT_64' as const }) },
    read: (bytes, start, end) => BigInt(latin1(bytes, start, end)),
    vector: isUnsigned ? unsigned : signed,
  }
}

/** Exact: the digits without their point, in as few bytes as the precision needs. */
function decimalType(column: Column, base: { name: string; repetition_type: 'OPTIONAL' }): ColumnType {
  const precision = column.precision ?? 65
  const scale = column.scale ?? 0
  const decimal = {
    ...base,
    converted_type: 'DECIMAL',
    logical_type: { type: 'DECIMAL', precision, scale },
    precision,
    scale,
  } as const
  const element: SchemaElement =
    precision <= 9
      ? { ...decimal, type: 'INT32' }
      : precision <= 18
        ? { ...decimal, type: 'INT64' }
        : { ...decimal, type: 'FIXED_LEN_BYTE_ARRAY', type_length: decimalBytes(precision) }
  return {
    element,
    read: (bytes, start, end) => BigInt(latin1(bytes, start, end).replace('.', '')),
    vector: precision <= 18 ? signed : unpacked,
  }
}

/** Two's complement of ±10^precision. */
function decimalBytes(precision: number): number {
  return Math.ceil((precision * Math.log2(10) + 1) / 8)
}

function refuse(bytes: Buffer, start: number, end: number, column: Column, describe: Describe): never {
  throw new TransformFailed(
    `${describe(column)}: ${latin1(bytes, start, end)} is no date that Parquet has. ` +
      'Make it NULL in the export (NULLIF), or request CSV.',
  )
}
