/** The Parquet type of each kind of column, and the conversion of a field's text to its value. */
import type { SchemaElement } from 'hyparquet'
import { TransformFailed } from '../../../statemachine/errors.ts'
import type { Column } from '../../rows/column.ts'
import type { Output } from '../../rows/output.ts'
import { latin1 } from '../../rows/value.ts'
import { type Source, sourceOf } from '../../rows/words.ts'
import { DAY_SECONDS, readClock, readDate, readMicros } from '../calendar.ts'
import { typedText } from '../server-text.ts'
import { bitsToBigInt } from '../text.ts'
import {
  readBigWhole,
  readWhole,
  writeBigInt64,
  writeBytes,
  writeDouble,
  writeFixed,
  writeFloat,
  writeInt32,
  writeMicros,
  writeWholeInt64,
} from './plain.ts'
import { toUtc } from './time-zone.ts'

/** Names the column and the current row in messages. */
export type Describe = (column: Column) => string

export interface ColumnType {
  element: SchemaElement
  /** Writes the field `bytes[start, end)`, which is not NULL, in the PLAIN encoding. */
  write(source: Source, start: number, end: number, target: Output, describe: Describe): void
}

/** The last byte of a Date from a `row` function, which is in UTC whatever the session's time zone is. */
const UTC_MARK = 0x5a

/** The most digits of a DECIMAL in DuckDB and most other programs. */
const DUCKDB_DIGITS = 38

/** @param timeZone of the session, in which `timestamp` text is written */
export function columnType(column: Column, timeZone: string): ColumnType {
  const type = typeOf(column, timeZone)
  if (column.transformedFrom === null || isAnyText(column)) return type
  const own = typedText(column)
  return {
    element: type.element,
    write: ({ bytes }, start, end, target, describe) => {
      const text = own(bytes.toString('utf8', start, end))
      if (text === null) {
        throw new TransformFailed(
          `${describe(column)}: the row function returned a value that does not fit a Parquet column of type ${column.kind}. ` +
            'Return a value that fits, or request CSV.',
        )
      }
      const written = Buffer.from(text)
      type.write(sourceOf(written), 0, written.length, target, describe)
    },
  }
}

/** Whether the column's type can hold any text. */
function isAnyText({ kind }: Column): boolean {
  return kind === 'text' || kind === 'json' || kind === 'time'
}

function typeOf(column: Column, timeZone: string): ColumnType {
  const base = { name: column.heading, repetition_type: 'OPTIONAL' } as const
  switch (column.kind) {
    case 'integer':
      return integerType(column, base)
    case 'year':
      return int32({ ...base, type: 'INT32' })
    case 'float': {
      const isSingle = column.precision === 4
      const write = isSingle ? writeFloat : writeDouble
      return {
        element: { ...base, type: isSingle ? 'FLOAT' : 'DOUBLE' },
        write: ({ bytes }, start, end, target) => write(Number(latin1(bytes, start, end)), target),
      }
    }
    case 'decimal':
      return decimalType(column, base)
    case 'date':
      return {
        element: { ...base, type: 'INT32', converted_type: 'DATE', logical_type: { type: 'DATE' } },
        write: ({ bytes }, start, _, target, describe) =>
          writeInt32(readDate(bytes, start) ?? refuse(bytes, start, start + 10, column, describe), target),
      }
    case 'datetime':
    case 'timestamp': {
      const isInstant = column.kind === 'timestamp'
      const toInstant: (seconds: number) => number | null = isInstant ? toUtc(timeZone) : (seconds) => seconds
      return {
        element: {
          ...base,
          type: 'INT64',
          logical_type: { type: 'TIMESTAMP', isAdjustedToUTC: isInstant, unit: 'MICROS' },
          ...(isInstant && { converted_type: 'TIMESTAMP_MICROS' as const }),
        },
        write: ({ bytes }, start, end, target, describe) => {
          const colon = start + 13
          const isUtc = bytes[end - 1] === UTC_MARK
          const days = readDate(bytes, start) ?? refuse(bytes, start, end, column, describe)
          const clock = days * DAY_SECONDS + readClock(bytes, start + 11, colon)
          const instant = isUtc ? clock : toInstant(clock)
          const seconds = instant ?? refuseTwice(bytes, start, end, timeZone, () => describe(column))
          writeMicros(seconds, readMicros(bytes, colon, isUtc ? end - 1 : end), target)
        },
      }
    }
    case 'bit':
      return {
        element: { ...base, type: 'INT64', converted_type: 'UINT_64' },
        write: ({ bytes }, start, end, target) => writeBigInt64(bitsToBigInt(bytes, start, end), target),
      }
    case 'binary':
      return { element: { ...base, type: 'BYTE_ARRAY' }, write: writeBytes }
    // TIME may be negative or longer than a day, which Parquet's TIME cannot be. JSON stays the database's own text.
    default:
      return {
        element: { ...base, type: 'BYTE_ARRAY', converted_type: 'UTF8', logical_type: { type: 'STRING' } },
        write: writeBytes,
      }
  }
}

function integerType(column: Column, base: { name: string; repetition_type: 'OPTIONAL' }): ColumnType {
  const size = column.precision ?? 8
  if (size < 4 || (size === 4 && !column.unsigned)) return int32({ ...base, type: 'INT32' })
  const isUnsigned = size === 8 && column.unsigned
  return int64({ ...base, type: 'INT64', ...(isUnsigned && { converted_type: 'UINT_64' as const }) })
}

/** Writes the digits without their point, which is exact. */
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
  if (precision <= 9) return int32({ ...decimal, type: 'INT32' })
  if (precision <= 18) return int64({ ...decimal, type: 'INT64' })
  const byteLength = decimalBytes(precision)
  return {
    element: { ...decimal, type: 'FIXED_LEN_BYTE_ARRAY', type_length: byteLength },
    write: ({ bytes }, start, end, target) => writeFixed(readBigWhole(bytes, start, end), byteLength, target),
  }
}

function int32(element: SchemaElement): ColumnType {
  return { element, write: ({ bytes }, start, end, target) => writeInt32(readWhole(bytes, start, end), target) }
}

function int64(element: SchemaElement): ColumnType {
  return { element, write: ({ bytes }, start, end, target) => writeWholeInt64(bytes, start, end, target) }
}

/** Bytes of a two's complement that holds ±10^precision. */
function decimalBytes(precision: number): number {
  const bytes = Math.ceil((precision * Math.log2(10) + 1) / 8)
  // DuckDB reads a decimal that exceeds its own as a double, eight bytes at a time. If the width is not a multiple of
  // eight it reads wrong numbers.
  return precision > DUCKDB_DIGITS ? Math.ceil(bytes / 8) * 8 : bytes
}

function refuseTwice(bytes: Buffer, start: number, end: number, timeZone: string, describe: () => string): never {
  throw new TransformFailed(
    `${describe()}: the clock of ${timeZone} shows ${latin1(bytes, start, end)} twice, and the database does not say which one it is. ` +
      "Give the export the time zone '+00:00', or request CSV.",
  )
}

function refuse(bytes: Buffer, start: number, end: number, column: Column, describe: Describe): never {
  throw new TransformFailed(
    `${describe(column)}: ${latin1(bytes, start, end)} is not a date that Parquet can hold. ` +
      'Make it NULL in the export (NULLIF), or request CSV.',
  )
}
