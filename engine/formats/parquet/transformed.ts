/** A Parquet column has one type, but a `row` function may return anything: whether it fits, and as what. */
import type { Column } from '../../batch.ts'
import { showNumber } from '../display/number.ts'
import { DATE_TEXT, NUMBER_TEXT } from '../text.ts'

const WHOLE_NUMBER = /^-?\d+$/
/** A Date, as the `row` function's values are written. */
const ISO = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/
const MIDNIGHT = /^(\d{4}-\d\d-\d\d)T00:00:00\.000Z$/

/** Whether the column's type holds every text. */
export function isAnyText({ kind }: Column): boolean {
  return kind === 'text' || kind === 'json' || kind === 'time'
}

/** The text that the server would have written for the same value; null when the column's type does not hold it. */
export function serverText(column: Column, text: string): string | null {
  switch (column.kind) {
    case 'integer':
      return isInteger(column, text) ? text : null
    case 'year':
      return /^\d{1,4}$/.test(text) ? text : null
    case 'decimal':
      return exactDecimal(column, text)
    case 'float':
      return NUMBER_TEXT.test(text) ? text : null
    case 'date':
      return /^\d{4}-\d\d-\d\d$/.test(text) ? text : (MIDNIGHT.exec(text)?.[1] ?? null)
    case 'datetime':
    case 'timestamp':
      if (DATE_TEXT.test(text)) return text.length === 10 ? `${text} 00:00:00` : text
      return ISO.test(text) ? text.replace('T', ' ') : null
    default:
      return text
  }
}

function isInteger({ precision, unsigned }: Column, text: string): boolean {
  if (!WHOLE_NUMBER.test(text) || text.length > 20) return false
  const bits = (precision ?? 8) * 8
  const value = BigInt(text)
  return value === (unsigned ? BigInt.asUintN(bits, value) : BigInt.asIntN(bits, value))
}

/** With as many decimals as the column has, where that loses nothing. */
function exactDecimal({ precision, scale }: Column, text: string): string | null {
  const decimals = scale ?? 0
  const shown = showNumber(text, decimals, false)
  if (shown === null || Number(shown) !== Number(text)) return null
  const digits = shown.replace(/^-?0*/, '').replace('.', '').length
  const kept = /\.(\d*?)0*(?:[eE].*)?$/.exec(text)?.[1] ?? ''
  const isExact = /[eE]/.test(text) || kept.length <= decimals
  return isExact && digits <= (precision ?? 65) ? shown : null
}
