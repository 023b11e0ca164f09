/** How a column with a format shows its values, both as text and as a spreadsheet's number format code. */

import { TransformFailed } from '../../statemachine/errors.ts'
import type { Column } from '../rows/column.ts'
import { DatePattern } from './display/date-pattern.ts'
import { MOST_SHOWN_BYTES, numberCode, showNumber } from './display/number.ts'
import { serverText } from './server-text.ts'

/** Spreadsheets show at most this many fractional digits of a second. */
export const SPREADSHEET_FRACTION_DIGITS = 3
/** The maximum number of decimals of both a DECIMAL and a spreadsheet. */
const MOST_DECIMALS = 30

export interface Display {
  /**
   * Formats the field `bytes[start, end)`. Throws TransformFailed if a `row` function returned something that does not
   * fit.
   */
  show(bytes: Buffer, start: number, end: number, describe: () => string): string
  /** The most bytes that formatting adds to a field's length. */
  mostBytes: number
  /** The number format code of a spreadsheet's cells. */
  code: string
}

/**
 * Returns null for a column without a format, whose values are written unchanged.
 * @param timeZone of the session; used only by `show`
 */
export function displayOf(column: Column, timeZone = '+00:00'): Display | null {
  const { format } = column
  if (format === null) return null
  if (typeof format === 'string') {
    const pattern = new DatePattern(format)
    return {
      show: makeFormatter(column, timeZone, 'a date', (text) => pattern.show(text)),
      // A part is at most twice as long as its pattern.
      mostBytes: Buffer.byteLength(format) * 2,
      code: pattern.code,
    }
  }
  const { decimals = column.scale ?? 0, grouping = false } = format
  return {
    show: makeFormatter(column, timeZone, 'a number', (text) => showNumber(text, decimals, grouping)),
    mostBytes: MOST_SHOWN_BYTES,
    code: numberCode(decimals, grouping),
  }
}

function makeFormatter(
  column: Column,
  timeZone: string,
  expected: string,
  show: (text: string) => string | null,
): Display['show'] {
  const own = serverText(column, timeZone)
  return (bytes, start, end, describe) => {
    const text = own(bytes.toString('latin1', start, end))
    const shown = text === null ? null : show(text)
    if (shown !== null) return shown
    throw new TransformFailed(
      `${describe()}, column ${column.name}: the row function must return ${expected}, because the column has a format`,
    )
  }
}

/** Returns what is wrong with a format regardless of its column, or null if it is valid. */
export function problemOfFormat(format: unknown, fileFormats: readonly string[]): string | null {
  if (fileFormats.includes('parquet')) {
    return 'a Parquet file keeps the database’s types and ignores formats: remove the format, or remove parquet'
  }
  if (typeof format === 'string') {
    try {
      const { fractionDigits, hasFractionAfterPoint } = new DatePattern(format)
      if (!fileFormats.includes('xlsx')) return null
      if (fractionDigits > SPREADSHEET_FRACTION_DIGITS) {
        return `a spreadsheet shows at most ${SPREADSHEET_FRACTION_DIGITS} digits of a second: shorten ${format}, or remove xlsx`
      }
      if (hasFractionAfterPoint) return null
      return `a spreadsheet shows fractions of a second only as ss.S, with a point: change ${format}, or remove xlsx`
    } catch (error) {
      return `the pattern ${JSON.stringify(format)} ${(error as RangeError).message}`
    }
  }
  if (typeof format !== 'object' || format === null) return 'must be { decimals, grouping } or a date pattern'
  const unknown = Object.keys(format).find((key) => key !== 'decimals' && key !== 'grouping')
  if (unknown !== undefined) return `${unknown} is not an option (the options are decimals and grouping)`
  const { decimals, grouping } = format as Record<string, unknown>
  const isCount = Number.isInteger(decimals) && (decimals as number) >= 0 && (decimals as number) <= MOST_DECIMALS
  if (decimals !== undefined && !isCount) return `decimals must be a whole number from 0 to ${MOST_DECIMALS}`
  if (grouping !== undefined && typeof grouping !== 'boolean') return 'grouping must be true or false'
  return null
}

/** Returns why a column of this kind cannot be shown in its format, or null if it can. */
export function misfitOfFormat({ format, kind, scale }: Column): string | null {
  if (format === null) return null
  if (typeof format === 'string') {
    if (kind === 'date' || kind === 'datetime' || kind === 'timestamp') return null
    return `holds ${kind}, and a date pattern is for DATE, DATETIME and TIMESTAMP`
  }
  if (kind === 'float' || kind === 'decimal') {
    const isKnown = format.decimals !== undefined || (kind === 'decimal' && scale !== null)
    return isKnown ? null : 'has no fixed number of decimals: its format must say how many'
  }
  return kind === 'integer' ? null : `holds ${kind}, and { decimals, grouping } is for numbers`
}
