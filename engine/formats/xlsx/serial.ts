/** Spreadsheet serial dates: days since 1899-12-30, with the time of day as a fraction. */
import type { Output } from '../../rows/output.ts'
import { DAY_SECONDS, daysFromCivil, readClock, readDate, readMicros } from '../calendar.ts'

/** Spreadsheets treat 1900 as a leap year, so they disagree about days before this one. */
const FIRST_DAY = daysFromCivil(1900, 3, 1)
const EPOCH = daysFromCivil(1899, 12, 30)
const DAY_MILLIS = DAY_SECONDS * 1000
const MINUS = 0x2d

/** Writes the serial number into reserved room; returns false, having written nothing, if the value has none. */
export type SerialWriter = (bytes: Uint8Array, start: number, end: number, output: Output) => boolean

/** Returns false before March 1900, for invalid dates, and below millisecond precision. */
export const writeDateSerial: SerialWriter = (bytes, start, end, output) => {
  if (end - start < 10) return false
  const days = readDate(bytes, start)
  if (days === null || days < FIRST_DAY) return false
  const serial = days - EPOCH
  if (end - start === 10) {
    writeDigits(serial, output)
    return true
  }
  const colon = start + 13
  const millis = millisOf(bytes, colon, end)
  if (millis === -1) return false
  const seconds = readClock(bytes, start + 11, colon)
  if (millis === 0 && serial >= FIRST_EVEN_DAY && serial <= LAST_EVEN_DAY) {
    writeDigits(serial, output)
    writeFraction(seconds, output)
  } else {
    writeNumber(inDays(serial * DAY_MILLIS + seconds * 1000 + millis), output)
  }
  return true
}

/** Returns false for negative times, which spreadsheets do not show, and below millisecond precision. */
export const writeTimeSerial: SerialWriter = (bytes, start, end, output) => {
  if (bytes[start] === MINUS) return false
  // The hours have two or three digits.
  const colon = bytes.indexOf(0x3a, start)
  const millis = millisOf(bytes, colon, end)
  if (millis === -1) return false
  writeNumber(inDays(readClock(bytes, start, colon) * 1000 + millis), output)
  return true
}

/**
 * From 1989-09-17 to 2079-06-04 the day numbers lie between two powers of two, so doubles are equally dense and have
 * five digits before the point. There a second has the same fractional digits on every day, so they are computed once.
 */
const FIRST_EVEN_DAY = 32_768
const LAST_EVEN_DAY = 65_535
/** Doubles in that range are 7.3e-12 apart, so 12 digits distinguish them; the first byte is the point. */
const FRACTION_BYTES = 13
const fractions = new Uint8Array(DAY_SECONDS * FRACTION_BYTES)
/** Lengths of the cached fractions; 0 means not computed yet. */
const fractionLengths = new Uint8Array(DAY_SECONDS)

function writeFraction(second: number, output: Output): void {
  if (second === 0) return
  const from = second * FRACTION_BYTES
  const length = fractionLengths[second]! || findFraction(second)
  for (let i = 0; i < length; i++) output.buffer[output.length + i] = fractions[from + i]!
  output.length += length
}

function findFraction(second: number): number {
  const text = String(inDays(FIRST_EVEN_DAY * DAY_MILLIS + second * 1000))
  const fraction = text.slice(text.indexOf('.'))
  fractions.set(Buffer.from(fraction, 'latin1'), second * FRACTION_BYTES)
  fractionLengths[second] = fraction.length
  return fraction.length
}

/**
 * Returns the smallest double that is not before the moment. The nearest double may be 0.2 microseconds earlier, and
 * LibreOffice then shows 12:00:00 as 11:59:59 in dates up to 1989.
 */
function inDays(millis: number): number {
  const days = millis / DAY_MILLIS
  // The exact rounding error of the division, from halves of the digits that are short enough to be multiplied (Dekker,
  // 1971).
  const scaled = days * 134_217_729
  const high = scaled - (scaled - days)
  const lost = millis - high * DAY_MILLIS - (days - high) * DAY_MILLIS
  return lost > 0 ? days + days * (Number.EPSILON / 2) : days
}

/** Returns the milliseconds of the second's fraction, or -1 if it is finer. @param colon index after the hours */
function millisOf(bytes: Uint8Array, colon: number, end: number): number {
  const micros = readMicros(bytes, colon, end)
  return micros % 1000 === 0 ? micros / 1000 : -1
}

/** Writes a whole number without making a string. */
function writeDigits(value: number, output: Output): void {
  const { buffer } = output
  let end = output.length + 1
  for (let limit = 10; limit <= value; limit *= 10) end++
  output.length = end
  let rest = value
  do {
    buffer[--end] = 0x30 + (rest % 10)
    rest = Math.floor(rest / 10)
  } while (rest > 0)
}

function writeNumber(value: number, output: Output): void {
  output.length += output.buffer.write(String(value), output.length, 'latin1')
}
