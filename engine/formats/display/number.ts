/** Formats numbers with a fixed number of decimals and optional thousands separators. */
import { NUMBER_TEXT } from '../text.ts'

export interface NumberFormat {
  /**
   * Digits after the point, rounded half away from zero; by default as many as the column has. Required for FLOAT and
   * DOUBLE, which have no fixed number.
   */
  decimals?: number
  /** `1,234,567.89` */
  grouping?: boolean
}

/** The format of a number, or the pattern of a date: `yyyy/MM/dd HH:mm`. */
export type ColumnFormat = NumberFormat | string

/** The largest DOUBLE is 1.8e308. */
const MOST_EXPONENT = 400
/** The most bytes that formatting adds to a number's text: zeros for its exponent, their commas, and 30 decimals. */
export const MOST_SHOWN_BYTES = Math.ceil((MOST_EXPONENT * 4) / 3) + 32

/** @returns null when the text is not a number */
export function showNumber(text: string, decimals: number, grouping: boolean): string | null {
  const parts = NUMBER_TEXT.exec(text)
  if (!parts) return null
  const [, sign, whole = '', fraction = '', exponent = '0'] = parts
  if (Math.abs(Number(exponent)) > MOST_EXPONENT) return null
  const [left, right] = rounded(...shifted(whole, fraction, Number(exponent)), decimals)
  const isZero = !/[1-9]/.test(left + right)
  return (isZero ? '' : sign) + (grouping ? grouped(left) : left) + (right === '' ? '' : `.${right}`)
}

/** The format code with which a spreadsheet shows the same. */
export function numberCode(decimals: number, grouping: boolean): string {
  return (grouping ? '#,##0' : '0') + (decimals === 0 ? '' : `.${'0'.repeat(decimals)}`)
}

/** Moves the decimal point to remove an exponent: 1.5e3 becomes 1500. */
function shifted(whole: string, fraction: string, by: number): [whole: string, fraction: string] {
  if (by === 0) return [whole, fraction]
  const digits = whole + fraction
  const point = whole.length + by
  if (point <= 0) return ['0', '0'.repeat(-point) + digits]
  return [digits.slice(0, point).padEnd(point, '0'), digits.slice(point)]
}

function rounded(whole: string, fraction: string, decimals: number): [whole: string, fraction: string] {
  const kept = whole + fraction.slice(0, decimals).padEnd(decimals, '0')
  const digits = fraction.charAt(decimals) >= '5' ? String(BigInt(kept) + 1n) : kept.replace(/^0+/, '')
  const all = digits.padStart(decimals + 1, '0')
  return decimals === 0 ? [all, ''] : [all.slice(0, -decimals), all.slice(-decimals)]
}

function grouped(whole: string): string {
  let text = whole.slice(-3)
  for (let end = whole.length - 3; end > 0; end -= 3) text = `${whole.slice(Math.max(0, end - 3), end)},${text}`
  return text
}
