/**
 * Converts text from a `row` function, which may be anything, to the server's text for a value of the column. All
 * formats use it, so they agree on what is a number.
 */

import { offsetMinutes } from '../plan/time-zone.ts'
import type { Column } from '../rows/column.ts'
import { EXACT_DIGITS } from '../rows/value.ts'
import { showNumber } from './display/number.ts'
import { DATE_TEXT, NUMBER_TEXT, TIME_TEXT } from './text.ts'

/** Returns the server's text, or null if the text is not a value of the column. */
export type ServerText = (text: string) => string | null

/** A Date as the `row` function's values are written. */
const ISO = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/
const MIDNIGHT = / 00:00:00(?:\.0+)?$/
const LEADING_ZEROS = /^(-?)0+(?=\d)/

/**
 * For formats that hold any number, date or time whatever the column's type: spreadsheets, JSON, and values shown in a
 * column's format.
 * @param timeZone of the session, for a `timestamp`
 */
export function serverText(column: Column, timeZone: string): ServerText {
  switch (column.kind) {
    case 'integer':
    case 'decimal':
    case 'float':
    case 'year':
      return numberText(column)
    case 'date':
      return momentText(utcClock, (text) => text.replace(MIDNIGHT, ''))
    case 'datetime':
      return momentText(utcClock)
    case 'timestamp':
      return momentText(clockIn(timeZone))
    case 'time':
      return (text) => (TIME_TEXT.test(text) ? text : null)
    default:
      return (text) => text
  }
}

/** For formats whose columns have the database's types: the value must fit the type. A Date keeps its `Z`. */
export function typedText(column: Column): ServerText {
  const own = serverText(column, '+00:00')
  switch (column.kind) {
    case 'integer':
      return (text) => heldBy(own(text), (number) => isInteger(column, number))
    case 'year':
      return (text) => heldBy(own(text), (number) => /^\d{1,4}$/.test(number))
    case 'decimal':
      return (text) => {
        const number = own(text)
        return number && exactDecimal(column, number)
      }
    case 'float':
      return (text) => heldBy(own(text), (number) => isFloat(column, number))
    case 'date':
      return (text) => heldBy(own(text), (date) => date.length === 10)
    case 'datetime':
    case 'timestamp':
      return (text) => {
        const moment = own(text)
        if (moment === null || moment.length === 10) return moment && `${moment} 00:00:00`
        return ISO.test(text) ? `${moment}Z` : moment
      }
    default:
      return own
  }
}

/** Whether the number is exactly a double, or is written as JavaScript writes one. */
export function isDouble(number: string): boolean {
  if (number.length <= EXACT_DIGITS || !isWhole(number) || String(Number(number)) === number) return true
  return BigInt(number) === BigInt(Number(number))
}

function numberText({ kind, zerofill, transformedFrom }: Column): ServerText {
  // Leading zeros come from the server itself, or else the `row` function means a text such as a product code.
  const isOwn = transformedFrom === null || zerofill || kind === 'year'
  return (text) => {
    const number = isOwn ? text.replace(LEADING_ZEROS, '$1') : text
    return NUMBER_TEXT.test(number) && Number.isFinite(Number(number)) ? number : null
  }
}

function momentText(clock: (date: Date) => string, shorten = (text: string) => text): ServerText {
  return (text) => {
    if (DATE_TEXT.test(text)) return shorten(text)
    const date = new Date(text)
    // Only a valid Date as JavaScript writes it stays the same.
    if (Number.isNaN(date.getTime()) || date.toISOString() !== text) return null
    const shown = shorten(clock(date))
    return DATE_TEXT.test(shown) ? shown : null
  }
}

function utcClock(date: Date): string {
  return date.toISOString().slice(0, -1).replace('T', ' ')
}

/** Returns a function that formats an instant in the session's time zone, as the server writes it. */
function clockIn(timeZone: string): (date: Date) => string {
  const minutes = offsetMinutes(timeZone)
  if (minutes !== null) return (date) => utcClock(new Date(date.getTime() + minutes * 60_000))
  // The Swedish date format is the server's.
  const format = new Intl.DateTimeFormat('sv-SE', { timeZone, dateStyle: 'short', timeStyle: 'medium' })
  return (date) => `${format.format(date)}.${String(date.getUTCMilliseconds()).padStart(3, '0')}`
}

function heldBy(text: string | null, holds: (text: string) => boolean): string | null {
  return text !== null && holds(text) ? text : null
}

function isWhole(number: string): boolean {
  return !/[.eE]/.test(number)
}

function isInteger({ precision, unsigned }: Column, number: string): boolean {
  if (!isWhole(number)) return false
  const bits = (precision ?? 8) * 8
  const value = BigInt(number)
  return value === (unsigned ? BigInt.asUintN(bits, value) : BigInt.asIntN(bits, value))
}

function isFloat({ precision }: Column, number: string): boolean {
  return precision === 4 ? Number.isFinite(Math.fround(Number(number))) : isDouble(number)
}

/** Pads or shortens a number to the column's decimals if that loses nothing; otherwise returns null. */
function exactDecimal({ precision, scale }: Column, number: string): string | null {
  const decimals = scale ?? 0
  const shown = showNumber(number, decimals, false)
  if (shown === null || Number(shown) !== Number(number)) return null
  const digits = shown.replace(/^-?0*/, '').replace('.', '').length
  const kept = /\.(\d*?)0*(?:[eE].*)?$/.exec(number)?.[1] ?? ''
  const isExact = /[eE]/.test(number) || kept.length <= decimals
  return isExact && digits <= (precision ?? 65) ? shown : null
}
