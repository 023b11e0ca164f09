/**
 * Values in the format of the Data API's responses.
 *
 * Known (https://github.com/jeremydaly/data-api-client, integration tests against Aurora MySQL 3): integers are
 * longValue, DECIMAL is a stringValue with its own digits, FLOAT and DOUBLE are doubleValue, dates and times are text
 * separated by a space, YEAR is text, TINYINT(1) a booleanValue, bytes are blobValue. Assumed: BIT(1) is a booleanValue
 * and a wider BIT a blobValue (as in JDBC), a BIGINT beyond 2^63 is text because a longValue cannot hold it, and FLOAT
 * is widened to a double.
 *
 * @see https://docs.aws.amazon.com/rdsdataservice/latest/APIReference/API_Field.html
 */
import { z } from 'zod'
import type { DescribedColumn, Rendering } from './columns.ts'

export const ResultSetOptions = z.object({
  decimalReturnType: z.enum(['STRING', 'DOUBLE_OR_LONG']).default('STRING'),
  longReturnType: z.enum(['LONG', 'STRING']).default('LONG'),
})
export type ResultSetOptions = z.output<typeof ResultSetOptions>

/** A value as mysql2 reads it with dates, decimals, big integers and JSON as strings. */
export type ResultValue = string | number | boolean | Buffer | null

/** Returns JSON text, because JavaScript's numbers would round a longValue. */
export function renderField(value: ResultValue, rendering: Rendering, options: ResultSetOptions): string {
  if (value === null) return '{"isNull":true}'
  const [member, json] = render(value, rendering, options)
  return `{"${member}":${json}}`
}

/** For `formatRecordsAs: JSON`: one object per row, with the columns' labels. */
export function renderObject(
  row: readonly ResultValue[],
  columns: readonly DescribedColumn[],
  options: ResultSetOptions,
): string {
  const members = columns.map(({ metadata, rendering }, index) => {
    const value = row[index] ?? null
    return `${JSON.stringify(metadata.label)}:${value === null ? 'null' : render(value, rendering, options)[1]}`
  })
  return `{${members.join(',')}}`
}

const LONG_MAX = 2n ** 63n - 1n

function render(
  value: NonNullable<ResultValue>,
  rendering: Rendering,
  { decimalReturnType, longReturnType }: ResultSetOptions,
): [member: string, json: string] {
  switch (rendering) {
    case 'long': {
      const text = String(value)
      return longReturnType === 'STRING' || BigInt(text) > LONG_MAX
        ? ['stringValue', JSON.stringify(text)]
        : ['longValue', text]
    }
    case 'double':
      return ['doubleValue', JSON.stringify(Number(value))]
    case 'float':
      return ['doubleValue', JSON.stringify(Math.fround(Number(value)))]
    case 'decimal': {
      const text = String(value)
      if (decimalReturnType === 'STRING') return ['stringValue', JSON.stringify(text)]
      return text.includes('.') || BigInt(text) > LONG_MAX
        ? ['doubleValue', JSON.stringify(Number(text))]
        : ['longValue', text]
    }
    case 'boolean':
      return ['booleanValue', String(Number(value) !== 0)]
    case 'bit1':
      return ['booleanValue', String((value as Buffer)[0] !== 0)]
    case 'year':
      return ['stringValue', JSON.stringify(String(value).padStart(4, '0'))]
    case 'blob':
      return ['blobValue', JSON.stringify(bytesOf(value).toString('base64'))]
    case 'string':
      return ['stringValue', JSON.stringify(String(value))]
  }
}

/** Returns the bytes that the row limit counts. */
export function byteLengthOf(value: ResultValue): number {
  if (value === null) return 0
  if (typeof value === 'string') return Buffer.byteLength(value)
  return Buffer.isBuffer(value) ? value.length : 8
}

/** Converts a VECTOR, which the driver reads as numbers, back to its bytes: 32-bit floats. */
function bytesOf(value: ResultValue): Buffer {
  return Array.isArray(value) ? Buffer.from(Float32Array.from(value).buffer) : Buffer.from(value as Buffer)
}
