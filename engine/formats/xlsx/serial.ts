/**
 * Dates as a spreadsheet counts them: days since 1899-12-30, a time of day as a fraction. From the exact text that the
 * server writes (`2026-02-28`, `2026-02-28 13:05:09.250`, `-12:00:00`).
 */
import { daysFromCivil, isCivil } from '../calendar.ts'

/** Spreadsheets take 1900 for a leap year, so days before this are counted differently by each of them. */
const FIRST_DAY = daysFromCivil(1900, 3, 1)
const EPOCH = daysFromCivil(1899, 12, 30)
const DAY_MILLIS = 86_400_000

/** @returns null for what a spreadsheet has no date for: before March 1900, no day of the calendar, finer than a millisecond */
export function dateSerial(bytes: Uint8Array, start: number, end: number): number | null {
  if (end - start < 10) return null
  const year = digits(bytes, start, 4)
  const month = digits(bytes, start + 5, 2)
  const day = digits(bytes, start + 8, 2)
  if (!isCivil(year, month, day)) return null
  const days = daysFromCivil(year, month, day)
  if (days < FIRST_DAY) return null
  if (end - start === 10) return days - EPOCH
  const millis = clockMillis(bytes, start + 11, start + 13, end)
  return millis === null ? null : inDays((days - EPOCH) * DAY_MILLIS + millis)
}

/** @returns null for a negative time, which spreadsheets do not show, and for one finer than a millisecond */
export function timeSerial(bytes: Uint8Array, start: number, end: number): number | null {
  if (bytes[start] === 0x2d) return null
  // Hours have two or three digits.
  const millis = clockMillis(bytes, start, bytes.indexOf(0x3a, start), end)
  return millis === null ? null : inDays(millis)
}

/**
 * The least double that is not before the moment. The nearest one may be 0.2 microseconds before it, and LibreOffice then shows
 * 12:00:00 as 11:59:59 in dates up to 1989.
 */
function inDays(millis: number): number {
  const days = millis / DAY_MILLIS
  // What the division lost, exactly: half of the digits at once are few enough to be multiplied (Dekker, 1971).
  const scaled = days * 134_217_729
  const high = scaled - (scaled - days)
  const lost = millis - high * DAY_MILLIS - (days - high) * DAY_MILLIS
  return lost > 0 ? days + days * (Number.EPSILON / 2) : days
}

function clockMillis(bytes: Uint8Array, start: number, colon: number, end: number): number | null {
  const hours = digits(bytes, start, colon - start)
  const minutes = digits(bytes, colon + 1, 2)
  const seconds = digits(bytes, colon + 4, 2)
  const fractionDigits = Math.max(end - colon - 7, 0)
  const micros = fractionDigits === 0 ? 0 : digits(bytes, colon + 7, fractionDigits) * 10 ** (6 - fractionDigits)
  if (micros % 1000 !== 0) return null
  return ((hours * 60 + minutes) * 60 + seconds) * 1000 + micros / 1000
}

function digits(bytes: Uint8Array, start: number, count: number): number {
  let value = 0
  for (let at = start; at < start + count; at++) value = value * 10 + bytes[at]! - 0x30
  return value
}
