/** How a column with a format shows its values: as text, and as the format code of a spreadsheet's cells. */

import { TransformFailed } from '../../statemachine/errors.ts'
import type { Column } from '../rows/column.ts'
import { DatePattern } from './display/date-pattern.ts'
import { MOST_SHOWN_BYTES, numberCode, showNumber } from './display/number.ts'
import { serverText } from './server-text.ts'

/** A spreadsheet shows no more of a second. */
export const SPREADSHEET_FRACTION_DIGITS = 3
/** As many as a DECIMAL can have, and as a spreadsheet shows. */
const MOST_DECIMALS = 30

export interface Display {
  /** The field `bytes[start, end)` as it is shown. Throws TransformFailed when a `row` function put something else there. */
  show(bytes: Buffer, start: number, end: number, describe: () => string): string
  /** The most that it adds to a field's length. */
  mostBytes: number
  /** Of a spreadsheet's cells. */
  code: string
}

/**
 * Null for a column without a format: its values are written as they are.
 * @param timeZone of the session; only `show` asks for it
 */
export function displayOf(column: Column, timeZone = '+00:00'): Display | null {
  const { format } = column
  if (format === null) return null
  if (typeof format === 'string') {
    const pattern = new DatePattern(format)
    return {
      show: shower(column, timeZone, 'a date', (text) => pattern.show(text)),
      // A part has at most twice the letters of its pattern.
      mostBytes: Buffer.byteLength(format) * 2,
      code: pattern.code,
    }
  }
  const { decimals = column.scale ?? 0, grouping = false } = format
  return {
    show: shower(column, timeZone, 'a number', (text) => showNumber(text, decimals, grouping)),
    mostBytes: MOST_SHOWN_BYTES,
    code: numberCode(decimals, grouping),
  }
}

function shower(
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
      `${describe()}, column ${column.name}: the row function returned what is not ${expected}, so it cannot be shown in the column’s format`,
    )
  }
}

/** What is wrong with a format, whatever column it is of; null when nothing is. */
export function problemOfFormat(format: unknown, fileFormats: readonly string[]): string | null {
  if (fileFormats.includes('parquet')) {
    return 'a Parquet file keeps the database’s types and shows them in no format: leave out the format, or parquet'
  }
  if (typeof format === 'string') {
    try {
      const { fractionDigits, hasFractionAfterPoint } = new DatePattern(format)
      if (fractionDigits === 0 || !fileFormats.includes('xlsx')) return null
      if (fractionDigits > SPREADSHEET_FRACTION_DIGITS) {
        return `a spreadsheet shows at most ${SPREADSHEET_FRACTION_DIGITS} digits of a second: shorten ${format}, or leave out xlsx`
      }
      if (hasFractionAfterPoint) return null
      return `a spreadsheet shows a fraction only as ss.S, with a point between: change ${format}, or leave out xlsx`
    } catch (error) {
      return `the pattern ${JSON.stringify(format)} ${(error as RangeError).message}`
    }
  }
  if (typeof format !== 'object' || format === null) return 'must be { decimals, grouping } or a date pattern'
  const unknown = Object.keys(format).find((key) => key !== 'decimals' && key !== 'grouping')
  if (unknown !== undefined) return `${unknown} is not an option (there are decimals, grouping)`
  const { decimals, grouping } = format as Record<string, unknown>
  const isCount = Number.isInteger(decimals) && (decimals as number) >= 0 && (decimals as number) <= MOST_DECIMALS
  if (decimals !== undefined && !isCount) return `decimals must be a whole number from 0 to ${MOST_DECIMALS}`
  if (grouping !== undefined && typeof grouping !== 'boolean') return 'grouping must be true or false'
  return null
}

/** Why a column of this kind cannot be shown so; null when it can. */
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
